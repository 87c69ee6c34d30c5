"""One attempt at a run in the hands of a worker: what it works on, and how it comes to an end of one kind or another."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID, uuid4

import structlog
from django.db import transaction

from plans.drafts import save_draft
from plans.snapshot import MOST_OPERATIONS, too_large
from runs import leases
from runs.leases import Conclusion, Lease, Setback, Vitals, Wish
from runs.models import Outcome, Run
from runs.recorder import Best, BrokenPlan, Recorder, check
from runs.retrying import persist
from solver.events import Finished

LOOK_SECONDS = 0.2  # how often the row is asked for a stop
RENEW_SECONDS = 1.0  # how often the lease is renewed
LOG_CHARACTERS = 16_000  # of a solver's last words that are kept

log = structlog.get_logger()


class TooLarge(Exception):
    """The question has more operations than may be planned at once. A launch refuses it; this one was asked before."""


class Work:
    """From the claim to the end of the lease. Everything that writes may raise Stale.

    `wish` is what the row wanted when it was last asked; `report` tells what the attempt has seen of its solver; `failed_of` has
    the failure code of each earlier attempt that went wrong or was lost.
    """

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.run = Run.objects.select_related("snapshot", "requested_by").get(pk=lease.run_id)
        self.problem = self.run.snapshot.as_problem()
        if len(self.problem.operations) > MOST_OPERATIONS:
            raise TooLarge(too_large(len(self.problem.operations)))
        self.failed_of = list(self.run.attempts.exclude(failure_code="").values_list("failure_code", flat=True))
        self.recorder = Recorder(lease, self.problem, Best.stored(lease.run_id), self.run.spent_seconds)
        self.wish = leases.look(lease)  # it may have been stopped while it waited, or just now
        self.report: Callable[[], Vitals] = Vitals
        self._noted = Vitals()
        self._renew_at = self._look_at = 0.0

    def heed(self) -> bool:
        """Keep the lease, and ask the row what is wanted, when either is due; whether the lease was renewed."""
        now = time.monotonic()
        is_due = now >= self._renew_at
        if is_due:
            self.wish = persist(lambda: leases.renew(self.lease, self.recorder.spent_seconds()), self.recorder.meanwhile)
            self.note()
            self._renew_at = time.monotonic() + RENEW_SECONDS
        elif now >= self._look_at:
            self.wish = persist(lambda: leases.look(self.lease), self.recorder.meanwhile)
            self._look_at = time.monotonic() + LOOK_SECONDS
        return is_due

    def note(self, why: str | None = None) -> None:
        """Write down what there is to report, if it has changed: the process may be killed at any moment."""
        seen = self.report()
        tail = seen.log_tail[-LOG_CHARACTERS:] if seen.log_tail else None
        vitals = Vitals(seen.threads, seen.seed, seen.peak_memory_mb, tail, why)
        if vitals != self._noted:
            persist(lambda: leases.note(self.lease, vitals), self.recorder.meanwhile)
            self._noted = vitals

    def end(self) -> None:
        """As the row wants it: with a conclusion, without one, or back to the queue."""
        self.recorder.close()
        uid = uuid4()
        if self.wish is Wish.CANCEL:
            persist(lambda: leases.cancelled(self.lease, uid))
        elif self.wish is Wish.DRAIN and self.recorder.finished is None:
            persist(lambda: leases.give_back(self.lease, self.recorder.spent_seconds(), uid))
        else:
            self._finish()

    def set_back(self, setback: Setback, uid: UUID | None = None) -> None:
        """This attempt went wrong."""
        told = uid or uuid4()
        persist(lambda: leases.set_back(self.lease, setback, told))

    def _finish(self) -> None:
        """Save the draft plan and the conclusion, both or neither."""
        best, uid, spent_seconds = self.recorder.best, uuid4(), self.recorder.spent_seconds()
        if best is not None:
            check(self.problem, best)

        def finish_once() -> None:
            with transaction.atomic():
                if leases.is_told(self.lease, uid):
                    return
                plan = best and save_draft(self.run.snapshot, best.schedule, "", self.run.requested_by, best.measures)
                conclusion = conclude(self.recorder.finished, best, plan.pk if plan else None)
                leases.finish(self.lease, conclusion, spent_seconds, uid)

        persist(finish_once)


def conclude(finished: Finished | None, best: Best | None, plan_id: int | None) -> Conclusion:
    """What to write of a search's last word (None: it was not heard) and the best schedule of all attempts.

    Raises BrokenPlan when they contradict each other.
    """
    outcome = finished.outcome if finished else "unknown"
    bound = finished.bound if finished else None
    if best is None:
        if outcome in {"optimal", "feasible"}:
            raise BrokenPlan("The solver found a plan and did not show it.")
        reasons = finished.reasons if finished else ()
        return Conclusion(Outcome(outcome), bound=bound if outcome == "unknown" else None, reasons=reasons)
    if outcome == "infeasible":
        raise BrokenPlan("The solver found a plan and says that none is possible.")
    is_proven = finished is not None and outcome == "optimal" and finished.objective == best.objective
    return Conclusion(
        outcome=Outcome.OPTIMAL if is_proven else Outcome.FEASIBLE,
        objective=best.objective,
        measures=best.measures.as_dict(),
        bound=bound,
        plan_id=plan_id,
    )
