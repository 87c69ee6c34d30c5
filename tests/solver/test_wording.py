"""How times and names read in sentences."""

from dataclasses import replace

import pytest

from solver.wording import duration, listed, moment, title
from tests.solver.examples import operation, problem

SHOP = problem(operation())


def test_an_operation_is_named_after_its_order() -> None:
    assert title(SHOP, operation()) == "Order O1, 'Step a'"
    assert title(SHOP, operation(order="lost")) == "Order lost, 'Step a'"


@pytest.mark.parametrize(
    ("ticks", "words"), [(0, "0 min"), (59, "59 min"), (60, "1 h"), (1501, "1 d 1 h 1 min"), (1440 * 400, "400 d")]
)
def test_a_length_of_time_is_told_in_days_hours_and_minutes(ticks: int, words: str) -> None:
    assert duration(SHOP, ticks) == words


def test_seconds_are_told_when_ticks_are_that_short() -> None:
    assert duration(replace(SHOP, tick_seconds=1), 61) == "1 min 1 s"


def test_an_instant_is_told_with_its_offset() -> None:
    assert moment(SHOP, 70) == "Mon 2026-03-02 07:10 (UTC+01:00)"
    assert moment(SHOP, -7 * 60) == "Sun 2026-03-01 23:00 (UTC+01:00)"


@pytest.mark.parametrize(("epoch", "tick"), [("some day", 7), ("2026-03-02T06:00:00+01:00", 2**70)])
def test_an_instant_that_no_calendar_has_is_a_tick(epoch: str, tick: int) -> None:
    assert moment(replace(SHOP, epoch=epoch), tick) == f"tick {tick}"


def test_an_epoch_without_offset_is_told_without() -> None:
    assert moment(replace(SHOP, epoch="2026-03-02T06:00:00"), 0) == "Mon 2026-03-02 06:00"


def test_names_are_listed_with_an_and() -> None:
    assert [listed(list(names)) for names in ("A", "AB", "ABC")] == ["A", "A and B", "A, B and C"]
