"""What can go wrong with a run, and what is done about it: one table, by failure code.

user             the question cannot be answered as it was asked          never tried again
limit            the time was over                                        never; what was found is kept
infrastructure   the process that solved it is gone                       again, after 2, 4, 8 … s, within `max_failures`
resource         it needed more than it may have                          once more, with half the threads
solver           the search died or fell silent                           once more, with another seed; a crash with one thread
bug              a fault of ours                                          never; an error id leads to the log

That no plan is possible, or that none was found in time, is an answer and no failure: see `Outcome`. Nor is it one that a person
cancels a run: see `State`. These have no codes of their own:

a formulation that CP-SAT refuses           internal; what is wrong with the plant's data is refused before there is a run
a lease that ran out                        worker_lost, whatever became of the worker
PostgreSQL away, or taking no writes        none for a minute; then the lease runs out
the broker away                             none: the run waits for its message
an answer of the solver that is too long    bad_output
a webhook that fails                        none: there are no webhooks
"""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from runs.models.run import FailureCode, Run
from solver.limits import Limits
from solver.process.errors import (
    SolverCrashed,
    SolverFailed,
    SolverGarbage,
    SolverHung,
    SolverLeaseOver,
    SolverOutOfMemory,
    SolverRaised,
    SolverRefused,
)

Kind = Literal["user", "limit", "infrastructure", "resource", "solver", "bug"]

FIRST_WAIT_SECONDS = 2.0  # before the second attempt; twice that before the third …
LONGEST_WAIT_SECONDS = 60.0
JITTER_SECONDS = 0.5  # so that runs that were lost together do not come back together

_TELL_AN_ADMIN = "Solve again; if it happens once more, tell an admin: the run's page shows them the log of each attempt."
_OUR_FAULT = "This is a fault of Taktline and not of your data: tell an admin."


@dataclass(frozen=True, slots=True)
class Policy:
    """What is done about a failure. `retries`: attempts after the first that fails of it; None: as many as the run may have.

    `text` and `way_out` are sentences for the planner: what happened, each time it does, and what to do in the end.
    """

    kind: Kind
    retries: int | None
    text: str
    way_out: str

    @property
    def is_machinery(self) -> bool:
        """Says something about how solving works and little about the question: several in a row, and `runs.circuit` opens.

        Faults of ours are none of these: dispatching rules would hide them, and the next run need not have them.
        """
        return self.kind in {"infrastructure", "resource", "solver"}


POLICIES: Mapping[FailureCode, Policy] = {
    FailureCode.INVALID_INPUT: Policy(
        "user", 0, "The question could not be read.", "It was asked of an older version of Taktline: solve again."
    ),
    FailureCode.TOO_LARGE: Policy(
        "user", 0, "There are more operations than can be planned at once.", "Plan fewer days at a time."
    ),
    FailureCode.DEADLINE_EXCEEDED: Policy(
        "limit",
        0,
        "Its time was over before it had found a plan.",
        "Solve again, with a longer time limit if that is possible.",
    ),
    FailureCode.WORKER_LOST: Policy("infrastructure", None, "The process that solved it was lost.", _TELL_AN_ADMIN),
    FailureCode.SHUTDOWN: Policy("infrastructure", None, "The solve process was shut down again and again.", _TELL_AN_ADMIN),
    FailureCode.OUT_OF_MEMORY: Policy(
        "resource",
        1,
        "The solver needed more memory than it may use.",
        "Plan fewer days at a time, or ask an admin for a machine with more memory.",
    ),
    FailureCode.SOLVER_CRASHED: Policy("solver", 1, "The solver crashed.", _TELL_AN_ADMIN),
    FailureCode.SOLVER_HUNG: Policy("solver", 1, "The solver no longer answered.", _TELL_AN_ADMIN),
    FailureCode.BAD_OUTPUT: Policy("bug", 0, "The solver's answer could not be read.", _OUR_FAULT),
    FailureCode.BROKEN_PLAN: Policy("bug", 0, "The solver's plan broke a rule.", _OUR_FAULT),
    FailureCode.INTERNAL: Policy("bug", 0, "An internal error.", _OUR_FAULT),
}


# the most specific first
_CODES: tuple[tuple[type[SolverFailed], FailureCode], ...] = (
    (SolverOutOfMemory, FailureCode.OUT_OF_MEMORY),
    (SolverLeaseOver, FailureCode.WORKER_LOST),
    (SolverRaised, FailureCode.INTERNAL),
    (SolverRefused, FailureCode.INVALID_INPUT),
    (SolverCrashed, FailureCode.SOLVER_CRASHED),
    (SolverHung, FailureCode.SOLVER_HUNG),
    (SolverGarbage, FailureCode.BAD_OUTPUT),
)


def code_of(failure: SolverFailed) -> FailureCode:
    """Under which code the end of a solver process is filed."""
    return next(code for kind, code in _CODES if isinstance(failure, kind))


def text_of(failure: SolverFailed, peak_memory_mb: int | None, memory_mb: int) -> str:
    """What the planner reads of it: the policy's sentence, and what is known of this very failure."""
    text = POLICIES[code_of(failure)].text
    match failure:
        case SolverOutOfMemory() if peak_memory_mb is not None:
            return f"{text} It was seen to hold {peak_memory_mb} MB; it may hold {memory_mb} MB."
        case SolverCrashed(signal=signal.SIGKILL):  # not by us: what we kill, we file under what we killed it for
            return f"{text} Something outside of Taktline killed it: the machine may have run out of memory."
        case _:
            return text


def limits_left(run: Run, failed_of: Sequence[str], least_seconds: float) -> Limits:
    """What this attempt may spend: the time that is left, and less of what any earlier one failed of.

    `failed_of`: the failure code of each attempt that went wrong or was lost. All of them count, not only the last: what was
    learned from a crash still holds when a deployment or a lost worker came in between. Where iterations are counted, the seed
    stays as long as the solver is not to blame: then the attempt ends in the plan that the earlier one would have ended in.
    """
    to_blame = [code for code in failed_of if run.iterations is None or POLICIES[FailureCode(code)].kind == "solver"]
    threads = max(1, run.threads >> failed_of.count(FailureCode.OUT_OF_MEMORY))
    return Limits(
        seconds=max(least_seconds, run.limit_seconds - run.spent_seconds),
        threads=1 if FailureCode.SOLVER_CRASHED in failed_of else threads,
        seed=run.seed + len(to_blame),
        memory_mb=run.memory_mb,
        gap=run.gap,
        iterations=run.iterations,
    )
