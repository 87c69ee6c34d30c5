"""A run in a planner's words; static/js/words.js says the same in the browser."""

from __future__ import annotations

from runs.failures import POLICIES
from runs.models import FailureCode, Outcome, Priority, Run, State

_OUTCOMES = {
    Outcome.OPTIMAL: "Proven best",
    Outcome.FEASIBLE: "Best found",
    Outcome.INFEASIBLE: "No schedule exists",
    Outcome.UNKNOWN: "Nothing found in time",
}
FALLBACK = "Answered by dispatching rules alone, because the solver was failing. A search finds better plans: solve again later."
GONE = "a user who is gone"
MORE_TIME = "No plan was found before its time was over. “Solve again” with a longer time limit, or plan fewer days at a time."
_TONES = {State.RUNNING: "accent", State.STOPPING: "warn", State.FINISHED: "good", State.FAILED: "bad"}


def verdict(run: Run) -> str:
    """What a run concluded, or where it is in its life."""
    return _OUTCOMES[Outcome(run.outcome)] if run.outcome else State(run.state).label


def tone(run: Run) -> str:
    """CSS class of the pill that says the verdict."""
    return "bad" if run.outcome == Outcome.INFEASIBLE else _TONES.get(State(run.state), "")


def what_went_wrong(run: Run) -> str:
    """Why a run failed, how often it was tried, what became of its best plan, and what to do; empty for one that did not fail."""
    if run.state != State.FAILED:
        return ""
    policy = POLICIES[FailureCode(run.failure_code)]
    tried = [f"It was tried {run.attempt} times."] if run.attempt > 1 else []
    return " ".join([run.failure_text or policy.text, *tried, _what_is_left(run), policy.way_out])


def way_on(run: Run) -> str:
    """What to do about a run that has ended without an answer of any kind; empty for others."""
    return MORE_TIME if run.outcome == Outcome.UNKNOWN else ""


def _what_is_left(run: Run) -> str:
    if run.incumbent_seq is None:
        return "It had found no plan yet."
    if run.plan_id is not None:
        return "The best plan that it had found was kept as a draft."
    return "The best plan that it had found is shown; “Keep this plan” makes a draft of it."


def will_be_retried(run: Run) -> str:
    """What went wrong and which attempt comes next, “{when}” standing for the time until then; empty if none comes."""
    if run.state != State.QUEUED or not run.setback:
        return ""
    code = FailureCode(run.setback)
    retries = POLICIES[code].retries
    most = run.max_failures if retries is None else min(run.max_failures, retries + 1)
    return f"{code.label}. Tried again {{when}}, attempt {run.failures + 1} of {max(most, run.failures + 1)}."


def asked_by(run: Run) -> str:
    """Who or what asked for the run."""
    if run.scheduled_for is not None:
        return f"schedule “{run.schedule.name}”" if run.schedule else "a schedule that is gone"
    if run.requested_by is not None:
        return run.requested_by.get_full_name() or run.requested_by.get_username()
    if run.trial:
        return "Taktline, as a trial"
    return "Taktline" if run.by_itself else GONE


def asked_before(run: Run, *, promoted: bool) -> str:
    """For somebody who asks what a run answers or is about to. `promoted`: it waits, and became as urgent as they ask."""
    match State(run.state):
        case State.QUEUED:
            said = "This question waits to be solved already; here is its run."
            return f"{said} Its priority is now “{Priority(run.priority).label}”, as you asked." if promoted else said
        case State.RUNNING:
            return "This question is being solved already; here is its run."
        case State.STOPPING:
            return "The run of this question is about to end; here it is. After that, “Solve again” starts a fresh one."
        case State.FINISHED | State.FAILED | State.CANCELLED:
            return "This question has been answered before; here is its run. “Solve again” starts a fresh one."


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
    first = " in what counts first" if run.in_turn else ""
    if gap > 0:
        return f"At most {round(gap * 100, 1):g} % better is possible{first}"
    return "Nothing better is possible" if run.outcome == Outcome.OPTIMAL else f"Nothing better is possible{first}"
