"""What a solve worker does with a message: claim the run, search in a child process, record, finish.

message → claim ─┬─ nothing to do
                 └─ search ─▶ Finished, or stopped ──▶ draft plan and `finished`, in one transaction
                       │ cancelled ──────────────────▶ `cancelled`, what was found stays in the history
                       │ worker shutting down ───────▶ back to the queue, free of charge
                       │ solver failed ──────────────▶ back to the queue for another try, or `failed`
                       └ Stale: somebody else has the run ─▶ write nothing, end the child
"""

from __future__ import annotations

import time
from typing import ClassVar
from uuid import uuid4

import structlog
from django.db import InterfaceError, OperationalError, transaction

from plans.drafts import save_draft
from runs import leases, liveness
from runs.leases import Conclusion, Lease, Setback, Stale, Wish
from runs.models import FailureCode, Outcome, Run
from runs.recorder import Best, BrokenPlan, Recorder, check
from runs.retrying import persist
from solver.events import Finished
from solver.limits import Limits
from solver.process import (
    SolverCrashed,
    SolverFailed,
    SolverGarbage,
    SolverHung,
    SolverLeaseOver,
    SolverOutOfMemory,
    SolverProcess,
)

READ_SECONDS = 0.1  # the longest silence of the search before the rows are looked after
LOOK_SECONDS = 0.2  # how often the row is asked for a stop
RENEW_SECONDS = 1.0  # how often the lease is renewed

log = structlog.get_logger()


def execute(run_id: int, owner: str) -> str:
    """Claim and carry out a run; what came of it, for Celery's log. `owner`: the worker's name / the task's id."""
    uid = uuid4()
    lease = persist(lambda: leases.claim(run_id, owner, uid))
    if lease is None:
        if liveness.is_draining(owner):
            leases.unring([run_id])
        return "not claimed"
    log.info("attempt begins", run=run_id, attempt=lease.attempt)
    try:
        persist(lambda: _Attempt(lease)).go()
    except Stale:
        log.warning("run taken over by somebody else", run=run_id, attempt=lease.attempt)
        return "taken over"
    except (OperationalError, InterfaceError):
        raise  # the database stayed away: the steward takes the run back when the lease is over
    except Exception:
        error_id = uuid4()
        log.exception("run failed by an error of ours", run=run_id, attempt=lease.attempt, error_id=str(error_id))
        text = f"An internal error. The log has it under {error_id}."
        leases.set_back(lease, Setback(FailureCode.INTERNAL, text, most_failures=1), error_id)
        raise
    log.info("attempt over", run=run_id, attempt=lease.attempt)
    return "done"


class _Attempt:
    """One attempt at a run, from the claim to the end of the lease."""

    # the most specific first
    SETBACKS: ClassVar[tuple[tuple[type[Exception], FailureCode, int], ...]] = (
        (SolverOutOfMemory, FailureCode.OUT_OF_MEMORY, 2),
        (SolverLeaseOver, FailureCode.WORKER_LOST, 3),
        (SolverCrashed, FailureCode.SOLVER_CRASHED, 2),
        (SolverHung, FailureCode.SOLVER_HUNG, 2),
        (SolverGarbage, FailureCode.BAD_OUTPUT, 1),
    )

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._run = Run.objects.select_related("snapshot", "requested_by").get(pk=lease.run_id)
        self._problem = self._run.snapshot.as_problem()
        self._recorder = Recorder(lease, self._problem, Best.stored(lease.run_id), self._run.spent_seconds)
        self._wish = leases.look(lease)  # it may have been stopped while it waited, or just now
        self._renew_at = self._look_at = 0.0

    def go(self) -> None:
        """Search unless something else is wanted already, and come to an end of one kind or another."""
        try:
            self._search_and_end()
        except BrokenPlan as broken:
            log.exception("solver's plan refused", run=self._run.pk, attempt=self._lease.attempt)
            self._set_back(Setback(FailureCode.BROKEN_PLAN, str(broken), most_failures=1))

    def _search_and_end(self) -> None:
        try:
            if self._wish is Wish.GO_ON:
                self._search()
        except SolverFailed as failure:
            self._after_failure(failure)
        else:
            self._end()

    def _search(self) -> None:
        """Until the search has finished or is wanted no longer; at the end no child is left."""
        hint = self._recorder.best.schedule if self._recorder.best else None
        with SolverProcess(self._problem, limits_left(self._run), hint=hint, lease_seconds=leases.LEASE_SECONDS) as child:
            self._recorder.meanwhile = lambda: child.extend_lease(leases.LEASE_SECONDS)
            while self._recorder.finished is None and self._wish in {Wish.GO_ON, Wish.STOP}:
                self._recorder.take(child.read(READ_SECONDS))
                self._recorder.write_if_due()
                self._heed(child)

    def _heed(self, child: SolverProcess) -> None:
        """Keep the lease, and ask the row what is wanted."""
        now = time.monotonic()
        if now >= self._renew_at:
            self._wish = persist(lambda: leases.renew(self._lease, self._recorder.spent_seconds()), self._recorder.meanwhile)
            child.extend_lease(leases.LEASE_SECONDS)
            self._renew_at = time.monotonic() + RENEW_SECONDS
        elif now >= self._look_at:
            self._wish = persist(lambda: leases.look(self._lease), self._recorder.meanwhile)
            self._look_at = time.monotonic() + LOOK_SECONDS
        if self._wish is Wish.STOP:
            child.stop()

    def _end(self) -> None:
        self._recorder.close()
        uid = uuid4()
        if self._wish is Wish.CANCEL:
            persist(lambda: leases.cancelled(self._lease, uid))
        elif self._wish is Wish.DRAIN and self._recorder.finished is None:
            persist(lambda: leases.give_back(self._lease, self._recorder.spent_seconds(), uid))
        else:
            self._finish()

    def _finish(self) -> None:
        """Save the draft plan and the conclusion, both or neither."""
        best, uid, spent_seconds = self._recorder.best, uuid4(), self._recorder.spent_seconds()
        if best is not None:
            check(self._problem, best)

        def finish_once() -> None:
            with transaction.atomic():
                if leases.is_told(self._lease, uid):
                    return
                plan = best and save_draft(self._run.snapshot, best.schedule, "", self._run.requested_by, best.measures)
                conclusion = conclude(self._recorder.finished, best, plan.pk if plan else None)
                leases.finish(self._lease, conclusion, spent_seconds, uid)

        persist(finish_once)

    def _after_failure(self, failure: SolverFailed) -> None:
        """One that was to end anyway ends with what it has; another one is tried again, if its failure is of that kind."""
        log.warning("solver failed", run=self._run.pk, error=failure.message, stderr=failure.stderr_tail)
        if self._wish is not Wish.GO_ON:
            self._end()
            return
        self._recorder.close()
        code, most = next((code, most) for kind, code, most in self.SETBACKS if isinstance(failure, kind))
        self._set_back(Setback(code, failure.message, most))

    def _set_back(self, setback: Setback) -> None:
        uid = uuid4()
        persist(lambda: leases.set_back(self._lease, setback, uid))


def limits_left(run: Run) -> Limits:
    """What this attempt may spend: the time that is left, and less of what the last one failed of."""
    threads = run.threads
    if run.setback == FailureCode.SOLVER_CRASHED:
        threads = 1
    elif run.setback == FailureCode.OUT_OF_MEMORY:
        threads = max(1, threads // 2)
    return Limits(
        seconds=max(leases.LEAST_SECONDS, run.limit_seconds - run.spent_seconds),
        threads=threads,
        seed=run.seed + run.failures,
        memory_mb=run.memory_mb,
        gap=run.gap,
    )


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
