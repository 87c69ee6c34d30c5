"""`verify` on thousands of small plans: the legal ones pass, the spoiled ones fail, a naive simulation agrees."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from solver.problem import Problem
from solver.schedule import Schedule
from solver.verify import verify
from tests.solver.mutations import moved, spoiled
from tests.solver.reference import is_legal
from tests.solver.strategies import fresh_plans, planned

pytestmark = pytest.mark.usefixtures("at_a_glance")

Pair = tuple[Problem, Schedule]


@given(fresh_plans())
def test_a_plan_made_by_a_simple_scheduler_is_legal(pair: Pair) -> None:
    assert verify(*pair) == ()
    assert is_legal(*pair)


@given(planned())
def test_it_stays_legal_when_time_has_passed(pair: Pair) -> None:
    assert verify(*pair) == ()
    assert is_legal(*pair)


@given(st.data(), planned())
def test_one_wrong_thing_is_always_seen(data: st.DataObject, pair: Pair) -> None:
    problem, schedule = pair
    wrong = data.draw(spoiled(problem, schedule))
    assert verify(problem, wrong)
    assert not is_legal(problem, wrong)


@given(st.data(), planned())
def test_a_changed_plan_is_legal_exactly_when_living_through_it_says_so(data: st.DataObject, pair: Pair) -> None:
    problem, schedule = pair
    other = data.draw(moved(problem, schedule))
    assume(other != schedule)
    assert (verify(problem, other) == ()) == is_legal(problem, other)
