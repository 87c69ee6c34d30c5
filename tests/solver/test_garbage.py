"""Garbage is collected from the first plan on, and what is there by then is left alone until the search is over."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from solver.events import BoundRaised, Event, Finished, Improved, Stage
from solver.garbage import collecting_later
from solver.schedule import Measures, Schedule

PLAN = Improved(0.2, Schedule(()), 0, Measures(0, 0, 0, 0, 0, 0, 0), "rule")


@pytest.fixture(autouse=True)
def nothing_left_alone() -> Iterator[None]:
    gc.unfreeze()
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
    with collecting_later(told.append) as emit:
        emit(Stage(0.0, "checking"))
        emit(Stage(0.1, "first_plan"))
        assert not gc.isenabled()
        assert gc.get_freeze_count() == 0

        emit(event)

        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert told[-1] == event


def test_what_comes_later_is_not_left_alone() -> None:
    with collecting_later(lambda _event: None) as emit:
        emit(PLAN)
        gc.unfreeze()
        emit(PLAN)

        assert gc.get_freeze_count() == 0


def test_a_search_that_fails_leaves_the_collector_at_work() -> None:
    def fail() -> None:
        with collecting_later(lambda _event: None):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert gc.isenabled()


def test_when_the_search_is_over_everything_is_looked_at_again() -> None:
    with collecting_later(lambda _event: None) as emit:
        emit(PLAN)

    assert gc.get_freeze_count() == 0
