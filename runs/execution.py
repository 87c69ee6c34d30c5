"""What a worker does with a message: claim a run, answer it, record, finish.

message → claim ─┬─ nothing to do
                 └─ search ─▶ Finished, or stopped ──▶ draft plan and `finished`, in one transaction
                       │ cancelled ──────────────────▶ `cancelled`, what was found stays in the history
                       │ worker shutting down ───────▶ back to the queue, free of charge
                       │ solver failed ──────────────▶ back to the queue for another try, or `failed` (runs.failures)
                       └ Stale: somebody else has the run ─▶ write nothing, end the child

While the search fails altogether (runs.circuit), runs are answered by dispatching rules instead, in this very process.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from uuid import uuid4

import structlog

from runs import leases, liveness
from runs.about import About
from runs.dispatching import answer_by_rules
from runs.leases import Lease, Stale, Vitals
from runs.models import FailureCode
from runs.recorder import BrokenPlan
from runs.reporting import report
from runs.retrying import AWAY, persist
from runs.searching import search
from runs.work import LOG_CHARACTERS, TooLarge, Work
from solver.problem import ProblemFormatError

Answer = Callable[[Work], None]

log = structlog.get_logger()


def execute(rung_for: int, owner: str) -> str:
    """Claim the most urgent run and search; what came of it, for Celery's log. `owner`: the worker's name / the task's id.

    `rung_for` is the run that the message was sent for. Often it is the one; if not, its turn comes with another's message.
    """
    return _serve(rung_for, owner, search, fallback=False)


def answer_at_once(rung_for: int, owner: str) -> str:
    """The same for the most urgent of the runs that dispatching rules answer."""
    return _serve(rung_for, owner, answer_by_rules, fallback=True)


def conclude_waiting(run_id: int, owner: str) -> str:
    """End a run that was stopped while it waited, with the best plan it has. Nothing is searched."""
    lease = leases.claim_this(run_id, owner, uuid4())
    return hold(lease, Work.end) if lease else "not claimed"


def _serve(rung_for: int, owner: str, answer: Answer, *, fallback: bool) -> str:
    uid = uuid4()
    lease = persist(lambda: leases.claim(owner, uid, fallback=fallback))
    if lease is None:
        if liveness.is_draining(owner):
            leases.unring_next(fallback=fallback)
        log.info("nothing to claim", rung_for=rung_for)
        return "not claimed"
    return hold(lease, answer)


def hold(lease: Lease, answer: Answer) -> str:
    """Carry out an attempt, whatever comes of it; the word for that."""
    with About(run=lease.run_id, attempt=lease.attempt):
        log.info("attempt begins")
        try:
            answer(persist(lambda: Work(lease)))
        except Stale:
            log.warning("run taken over by somebody else")
            return "taken over"
        except AWAY:
            raise  # the database stayed away: the steward takes the run back when the lease is over
        except ProblemFormatError as unreadable:
            _give_up(lease, FailureCode.INVALID_INPUT, unreadable)
            return "unreadable"
        except TooLarge as too_large:
            _give_up(lease, FailureCode.TOO_LARGE, too_large)
            return "too large"
        except BrokenPlan as broken:
            _give_up(lease, FailureCode.BROKEN_PLAN, broken)
        except Exception as error:
            _give_up(lease, FailureCode.INTERNAL, error)
            raise
        log.info("attempt over")
        return "done"


def _give_up(lease: Lease, code: FailureCode, error: Exception) -> None:
    """Nothing to try again: the run fails."""
    setback, error_id = report(code, error)
    last_words = "".join(traceback.format_exception(error))[-LOG_CHARACTERS:]
    persist(lambda: leases.note(lease, Vitals(log_tail=last_words)))
    persist(lambda: leases.set_back(lease, setback, error_id))
