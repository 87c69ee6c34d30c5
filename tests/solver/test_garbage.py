"""Garbage is collected from the first plan on, and what is there by then is left alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from solver.events import BoundRaised, Event, Finished, Improved, Stage
from solver.garbage import collecting_later
from solver.schedule import Measures, Schedule

PLAN = Improved(0.2, Schedule(()), 0, Measures(0, 0, 0, 0, 0, 0, 0), "rule")


@pytest.fixture(autouse=True)
def collector_as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize(
    "event",
    [PLAN, BoundRaised(0.2, 5), Stage(0.2, "proving"), Finished(0.2, "infeasible", None, None)],
    ids=lambda event: type(event).__name__,
)
def test_nothing_is_collected_before_there_is_a_plan_or_none(event: Event) -> None:
    told: list[Event] = []
    emit = collecting_later(told.append)
    emit(Stage(0.0, "checking"))
    emit(Stage(0.1, "first_plan"))
    assert not gc.isenabled()

    emit(event)

    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert told[-1] == event


def test_what_comes_later_is_not_left_alone() -> None:
    emit = collecting_later(lambda _event: None)
    emit(PLAN)
    gc.unfreeze()
    emit(PLAN)

    assert gc.get_freeze_count() == 0
