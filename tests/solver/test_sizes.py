"""From some size on less is looked at. What comes out is as legal and as true; here every problem counts as large."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from solver import bounds, decode, repair
from solver.bounds import lower_bound, rising_bounds
from solver.clusters import maximum_lags
from solver.decode import Decoder
from solver.dispatch import dispatch
from solver.limits import Limits
from solver.problem import BaselineStart, Downtime, Problem
from solver.repair import repairs
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.drawing import Draw
from tests.solver.listening import listen
from tests.solver.strategies import TINY, fresh_plans, planned
from tests.solver.test_bounds import rounds


def worth(question: Problem, plan: Schedule) -> int:
    return objective_value(question.objective, measure(question, plan))


@st.composite
def impatient_plants(draw: Draw) -> Problem:
    """With a longest wait for everything that waits."""
    question: Problem = draw(fresh_plans())[0]
    links = tuple(replace(link, max_lag=link.min_lag + draw(st.integers(0, 20))) for link in question.precedences)
    return replace(question, precedences=links)


@given(st.data(), impatient_plants())
@settings(max_examples=60)
def test_of_many_operations_all_longest_waits_bind_at_once_and_schedules_are_legal(
    data: st.DataObject, question: Problem
) -> None:
    order = data.draw(st.permutations([each.id for each in question.operations]))
    with patch.object(decode, "MANY", 0):
        decoder = Decoder(question)
        found = [decoder.decode(order), *(schedule for _, schedule in dispatch(question))]

    assert all(schedule is None or verify(question, schedule) == () for schedule in found)
    assert decoder._binding == maximum_lags(decoder.arrays)


@given(planned(), st.integers(1, 40))
@settings(max_examples=60)
def test_of_many_operations_time_is_cut_into_few_buckets_and_bounds_are_true(pair: tuple[Problem, Schedule], most: int) -> None:
    question, plan = pair
    with patch.object(bounds, "MOST_BUCKETS", most):
        edges = bounds.bucket_edges(plan)
        found = list(rising_bounds(question, plan, rounds(100)))

    assert len(edges) <= max(3, 1 + most // len(plan.assignments))
    assert all(bound <= worth(question, plan) for bound in found)


@given(planned(TINY))
@settings(max_examples=30)
def test_bounds_that_do_not_rise_are_true_and_the_best_is_proven_without_them(pair: tuple[Problem, Schedule]) -> None:
    question, plan = pair
    with patch.object(bounds, "MOST_OPERATIONS", 0):
        assert list(rising_bounds(question, plan, rounds(100))) == []
        heard = listen(question, Limits(seconds=60, threads=1))

    assert lower_bound(question) <= worth(question, plan)
    assert heard.finished.outcome == "optimal"
    assert all(bound <= worth(question, plan) for bound in heard.bounds)


@given(fresh_plans(), st.integers(0, 40))
@settings(max_examples=60)
def test_what_stays_after_a_breakdown_in_a_single_round_is_legal(pair: tuple[Problem, Schedule], begin: int) -> None:
    question = broken_down(*pair, begin)
    decoder = Decoder(question)
    with patch.object(repair, "ROUNDS_SIZE", 0), patch.object(decoder, "keep", wraps=decoder.keep) as rounds_made:
        for _, is_legal in repairs(decoder):
            assert not is_legal or verify(question, decoder.schedule()) == ()

    assert rounds_made.call_count == 1


def broken_down(question: Problem, plan: Schedule, begin: int) -> Problem:
    """The plan is published, and no machine works for a while."""
    stop = Downtime(begin, begin + 20)
    return replace(
        question,
        machines=tuple(replace(each, downtime=(*each.downtime, stop)) for each in question.machines),
        baseline=tuple(BaselineStart(each.operation, each.machine, each.setup_start, each.start) for each in plan.assignments),
    )
