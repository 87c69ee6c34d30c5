"""Failures that nobody but us can do anything about: they are logged as errors, and an id leads from the run to the log."""

from __future__ import annotations

from uuid import UUID, uuid4

import structlog

from runs.failures import POLICIES
from runs.leases import Setback
from runs.models import FailureCode

log = structlog.get_logger()


def report(code: FailureCode, error: Exception, why: str = "") -> tuple[Setback, UUID]:
    """Write an error to the log, from which Sentry has it; the setback that tells of it, and the id under which the log has it.

    The planner reads that id only where the fault is ours. `why` is for the admin, empty: the error itself.
    """
    error_id = uuid4()
    log.error("run failed", code=code.value, error_id=str(error_id), exc_info=error)
    policy = POLICIES[code]
    text = f"{policy.text} The log has it under {error_id}." if policy.kind == "bug" else policy.text
    return Setback(code, text, why=why or f"{type(error).__name__}: {error}"), error_id
