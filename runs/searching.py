"""Answering a run by the search, in a child process of its own."""

from __future__ import annotations

import structlog

from runs import leases
from runs.failures import POLICIES, code_of, limits_left, text_of
from runs.leases import Setback, Vitals, Wish
from runs.reporting import report
from runs.retrying import nothing
from runs.work import Work
from solver.process import SolverFailed, SolverProcess

READ_SECONDS = 0.1  # the longest silence of the search before the rows are looked after

log = structlog.get_logger()


def search(work: Work) -> None:
    """Search unless something else is wanted already, and come to an end. Raises Stale, BrokenPlan."""
    try:
        if work.wish is Wish.GO_ON:
            _search(work)
    except SolverFailed as failure:
        _after_failure(work, failure)
    else:
        work.end()


def _search(work: Work) -> None:
    """Until the search has finished or is wanted no longer; at the end no child is left."""
    recorder, limits = work.recorder, limits_left(work.run, work.failed_of, leases.LEAST_SECONDS)
    # counted steps give the same plan again only from the same beginning
    hint = recorder.best.schedule if recorder.best and limits.iterations is None else None
    child = SolverProcess(work.problem, limits, hint=hint, lease_seconds=leases.LEASE_SECONDS)
    work.report = lambda: Vitals(limits.threads, limits.seed, child.peak_memory_mb, child.last_words or None)
    try:
        with child:
            recorder.meanwhile = lambda: child.extend_lease(leases.LEASE_SECONDS)
            while recorder.finished is None and work.wish in {Wish.GO_ON, Wish.STOP}:
                recorder.take(child.read(READ_SECONDS))
                for line in child.take_lines():
                    log.warning("solver says", line=line)
                recorder.write_if_due()
                if work.heed():
                    child.extend_lease(leases.LEASE_SECONDS)
                if work.wish is Wish.STOP:
                    child.stop()
    finally:
        recorder.meanwhile = nothing  # there is no child any more whose life could be prolonged
    work.note()


def _after_failure(work: Work, failure: SolverFailed) -> None:
    """One that was to end anyway ends with what it has; another one is tried again, if its failure is of that kind."""
    log.warning("solver failed", run=work.run.pk, error=failure.message, stderr=failure.stderr_tail)
    work.note(why=failure.message)
    if work.wish is not Wish.GO_ON:
        work.end()
        return
    work.recorder.close()
    code = code_of(failure)
    if POLICIES[code].kind == "bug":
        setback, error_id = report(code, failure, why=failure.message)
        work.set_back(setback, error_id)
    else:
        work.set_back(Setback(code, text_of(failure, work.report().peak_memory_mb, work.run.memory_mb), why=failure.message))
