"""What is said to be impossible is: an exhaustive search, which knows nothing of faults, finds no schedule either."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solver.diagnose import RefusedProblem, diagnose
from solver.events import Event, Stage
from solver.faults.fault import PROOFS, FaultCode
from solver.limits import Limits
from solver.problem import Problem
from solver.search import search
from tests.solver.exhaustive import best_schedule
from tests.solver.impossible import TWISTS, impossible
from tests.solver.listening import listen
from tests.solver.toys import mixtures, toys

ALONE = Limits(seconds=60, threads=1)


def test_there_are_toys_for_every_proof() -> None:
    assert TWISTS.keys() == PROOFS


@pytest.mark.parametrize("code", sorted(PROOFS))
@given(data=st.data())
@settings(max_examples=25)
def test_what_is_a_proof_has_no_schedule(data: st.DataObject, code: FaultCode) -> None:
    problem = data.draw(impossible(code))
    faults = diagnose(problem)
    assume(any(fault.code == code for fault in faults))
    assume(all(fault.is_proof for fault in faults))

    assert best_schedule(problem) is None
    heard = listen(problem, ALONE)
    assert heard.stages in (["checking"], ["checking", "first_plan"])  # no search
    assert heard.finished.outcome == "infeasible"
    assert heard.finished.reasons == tuple(fault.message for fault in faults)


@given(toys(mixtures()), st.integers(1, 4))
@settings(max_examples=40)
def test_what_can_be_planned_but_nobody_can_mean_is_refused(problem: Problem, ticks: int) -> None:
    """Of the soft due date nothing follows; the faults, all of them, are the answer."""
    assume(any(operation.actual is None for operation in problem.operations))
    early = replace(problem, orders=tuple(replace(order, due=order.release - ticks) for order in problem.orders))
    heard = list[Event]()

    with pytest.raises(RefusedProblem) as refusal:
        search(early, ALONE, heard.append, threading.Event())

    assert "due_before_release" in {fault.code for fault in refusal.value.faults}
    assert refusal.value.faults == diagnose(early)
    assert [type(event) for event in heard] == [Stage]
