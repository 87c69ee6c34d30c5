"""A run in a planner's words; static/js/words.js says the same in the browser."""

from __future__ import annotations

from runs.models import FailureCode, Outcome, Run, State

_OUTCOMES = {
    Outcome.OPTIMAL: "Proven best",
    Outcome.FEASIBLE: "Best found",
    Outcome.INFEASIBLE: "No schedule exists",
    Outcome.UNKNOWN: "Nothing found in time",
}
_TONES = {State.RUNNING: "accent", State.STOPPING: "warn", State.FINISHED: "good", State.FAILED: "bad"}

_TELL_AN_ADMIN = "Solve again; if it happens once more, tell an admin: the log of the solve worker has the reason."
_WHAT_TO_DO = {
    FailureCode.WORKER_LOST: _TELL_AN_ADMIN,
    FailureCode.SOLVER_CRASHED: _TELL_AN_ADMIN,
    FailureCode.SOLVER_HUNG: _TELL_AN_ADMIN,
    FailureCode.OUT_OF_MEMORY: "Plan fewer days at a time, or ask an admin for a machine with more memory.",
    FailureCode.BAD_OUTPUT: "This is a fault of Taktline and not of your data: tell an admin.",
    FailureCode.BROKEN_PLAN: "This is a fault of Taktline and not of your data: tell an admin.",
    FailureCode.INTERNAL: "This is a fault of Taktline and not of your data: tell an admin.",
}


def verdict(run: Run) -> str:
    """What a run concluded, or where it is in its life."""
    return _OUTCOMES[Outcome(run.outcome)] if run.outcome else State(run.state).label


def tone(run: Run) -> str:
    """CSS class of the pill that says the verdict."""
    return "bad" if run.outcome == Outcome.INFEASIBLE else _TONES.get(State(run.state), "")


def what_went_wrong(run: Run) -> str:
    """Why a run failed, what became of the best plan it had found, and what to do; empty for one that did not fail."""
    if run.state != State.FAILED:
        return ""
    why = run.failure_text or FailureCode(run.failure_code).label + "."
    return " ".join(filter(None, (why, _what_is_left(run), _WHAT_TO_DO[FailureCode(run.failure_code)])))


def _what_is_left(run: Run) -> str:
    if run.incumbent_seq is None:
        return "It had found no plan yet."
    if run.plan_id is not None:
        return "The best plan that it had found was kept as a draft."
    return "The best plan that it had found is shown; “Keep this plan” makes a draft of it."


def asked_by(run: Run) -> str:
    """Who or what asked for the run."""
    if run.schedule is not None:
        return f"schedule “{run.schedule.name}”"
    if run.requested_by is None:
        return "a user who is gone"
    return run.requested_by.get_full_name() or run.requested_by.get_username()


def clock(seconds: float) -> str:
    """“1:05” minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def gap_words(run: Run) -> str:
    """What the gap means to somebody who decides whether to wait."""
    gap = run.relative_gap
    if run.best_objective is None:
        return "–"
    if gap is None or gap >= 0.995:
        return "How much better is possible is not known"
    return "Nothing better is possible" if gap <= 0 else f"At most {round(gap * 100, 1):g} % better is possible"
