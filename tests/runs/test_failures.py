"""The table of what can go wrong: complete, and used as it says."""

from __future__ import annotations

import pytest

from runs.failures import POLICIES, code_of, limits_left, text_of
from runs.models import FailureCode, Run
from solver.process import (
    SolverCrashed,
    SolverFailed,
    SolverGarbage,
    SolverHung,
    SolverLeaseOver,
    SolverOutOfMemory,
    SolverRaised,
    SolverRefused,
)


def test_every_code_has_its_policy_and_its_words() -> None:
    assert set(POLICIES) == set(FailureCode)
    for policy in POLICIES.values():
        assert policy.text.endswith(".")
        assert policy.way_out.endswith(".")


@pytest.mark.parametrize("code", FailureCode)
def test_what_trying_again_cannot_help_is_not_tried_again(code: FailureCode) -> None:
    policy = POLICIES[code]
    expected = {"user": 0, "limit": 0, "bug": 0, "resource": 1, "solver": 1, "infrastructure": None}
    assert policy.retries == expected[policy.kind]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (SolverOutOfMemory(86), FailureCode.OUT_OF_MEMORY),
        (SolverLeaseOver(87), FailureCode.WORKER_LOST),
        (SolverRaised(70), FailureCode.INTERNAL),
        (SolverRefused(89), FailureCode.INVALID_INPUT),
        (SolverCrashed(-11), FailureCode.SOLVER_CRASHED),
        (SolverHung("silent"), FailureCode.SOLVER_HUNG),
        (SolverGarbage("noise"), FailureCode.BAD_OUTPUT),
    ],
)
def test_each_end_of_a_solver_process_is_filed_under_its_code(failure: SolverFailed, code: FailureCode) -> None:
    assert code_of(failure) is code


def test_too_much_memory_is_told_in_figures() -> None:
    assert "2300 MB; it may hold 2048 MB" in text_of(SolverOutOfMemory(86), 2300, 2048)
    assert text_of(SolverOutOfMemory(86), None, 2048) == POLICIES[FailureCode.OUT_OF_MEMORY].text


def test_a_solver_that_was_killed_from_outside_points_to_the_memory_of_the_machine() -> None:
    assert "run out of memory" in text_of(SolverCrashed(-9), 100, 2048)
    assert text_of(SolverCrashed(-11), 100, 2048) == "The solver crashed."


@pytest.mark.parametrize(("spent_seconds", "left"), [(0.0, 60.0), (45.5, 14.5), (59.0, 2.0), (80.0, 2.0)])
def test_a_later_attempt_has_the_time_that_is_left(spent_seconds: float, left: float) -> None:
    run = Run(limit_seconds=60.0, spent_seconds=spent_seconds)
    assert limits_left(run, [], 2.0).seconds == left


LOST, CRASHED, SWOLLEN = FailureCode.WORKER_LOST, FailureCode.SOLVER_CRASHED, FailureCode.OUT_OF_MEMORY


@pytest.mark.parametrize(
    ("failed_of", "threads"),
    [
        ([], 5),
        ([LOST], 5),
        ([SWOLLEN], 2),
        ([SWOLLEN, LOST], 2),
        ([SWOLLEN, SWOLLEN], 1),
        ([CRASHED], 1),
        ([CRASHED, LOST], 1),
        ([LOST, SWOLLEN, CRASHED], 1),
        ([CRASHED, SWOLLEN], 1),
    ],
)
def test_a_later_attempt_uses_less_of_what_any_earlier_one_failed_of(failed_of: list[str], threads: int) -> None:
    limits = limits_left(Run(limit_seconds=60.0, threads=5, seed=7), failed_of, 2.0)
    assert (limits.threads, limits.seed) == (threads, 7 + len(failed_of))


@pytest.mark.parametrize(
    ("failed_of", "seed"), [([], 7), ([LOST, SWOLLEN], 7), ([CRASHED], 8), ([LOST, FailureCode.SOLVER_HUNG, CRASHED], 9)]
)
def test_where_iterations_are_counted_only_the_solvers_own_failures_change_the_seed(failed_of: list[str], seed: int) -> None:
    limits = limits_left(Run(limit_seconds=60.0, seed=7, iterations=500), failed_of, 2.0)
    assert (limits.iterations, limits.seed) == (500, seed)


def test_one_thread_stays_one_thread() -> None:
    assert limits_left(Run(limit_seconds=60.0, threads=1), [SWOLLEN], 2.0).threads == 1
