"""Patience with the database: how long, and with what."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from runs import retrying
from runs.retrying import persist


class Clock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with patch.object(retrying, "time", clock), patch("django.db.connection.close"):
        yield clock


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_write_is_tried_again_until_it_succeeds(clock: Clock, error: type[Exception]) -> None:
    answers = iter([error(), error(), error()])
    kept_alive: list[float] = []

    def write() -> str:
        for answer in answers:
            raise answer
        return "written"

    assert persist(write, lambda: kept_alive.append(clock.now)) == "written"
    assert clock.pauses == [0.1, 0.2, 0.4]
    assert len(kept_alive) == 3


@pytest.mark.django_db(transaction=True)
def test_patience_ends_after_a_minute(clock: Clock) -> None:
    def write() -> None:
        raise OperationalError("away")

    with pytest.raises(OperationalError, match="away"):
        persist(write)
    assert 60 <= clock.now < 63


@pytest.mark.django_db(transaction=True)
def test_an_error_of_the_data_is_not_tried_again(clock: Clock) -> None:
    def write() -> None:
        raise IntegrityError("no")

    with pytest.raises(IntegrityError):
        persist(write)
    assert clock.pauses == []


@pytest.mark.django_db(transaction=True)
def test_no_part_of_a_transaction_is_repeated(clock: Clock) -> None:
    def write() -> None:
        raise OperationalError("away")

    with pytest.raises(OperationalError), transaction.atomic():
        persist(write)
    assert clock.pauses == []
