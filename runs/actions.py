"""What a person can ask of a run, which depends on the state that it is in: the buttons, and the pages behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from runs.bulk import PERMISSIONS, Verb
from runs.models import Run, State
from runs.words import verdict


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `when`: the states in which it is there. “queued+plan” is queued with a plan found before, “queued-plan” without.

    `question` is what is asked before it is done, `confirm` the button that does it, `help` what it means.
    """

    verb: Verb
    when: tuple[str, ...]
    label: str
    short: str
    question: str
    confirm: str
    help: str
    tone: str = ""


ACTIONS = (
    Action(
        verb=Verb.STOP,
        when=("running", "queued+plan"),
        label="Stop and keep…",
        short="Stop",
        question="Stop {run} and keep its best plan?",
        confirm="Stop and keep",
        help="The search ends; the best plan that it has becomes a draft.",
    ),
    Action(
        verb=Verb.CANCEL,
        when=("running", "stopping"),
        label="Cancel run…",
        short="Cancel",
        question="Cancel {run}?",
        confirm="Cancel the run",
        help="The search ends and no draft is made. What it had found stays on its page.",
        tone="danger",
    ),
    Action(
        verb=Verb.CANCEL,
        when=("queued+plan", "queued-plan"),
        label="Remove from the queue…",
        short="Remove",
        question="Remove {run} from the queue?",
        confirm="Remove",
        help="The run is cancelled; it is not solved any more.",
    ),
    Action(
        verb=Verb.AGAIN,
        when=("finished", "failed", "cancelled"),
        label="Solve again…",
        short="Again",
        question="Solve {run} again?",
        confirm="Solve again",
        help="A new run with the same profile and the same limits.",
    ),
)


SAME_PLAN = "A new run with the same profile and the same limits. It counts iterations: the same data give the same plan."


class Button(NamedTuple):
    """An action on one run, as a page shows it. `hidden` while its state does not allow it: the page's script knows `when`."""

    action: Action
    url: str
    question: str
    when: str
    hidden: bool


def buttons(run: Run, permissions: Mapping[Verb, bool]) -> list[Button]:
    """Those that the person may ever press on this run."""
    state = situation(run)
    return [
        Button(action, address(run, action.verb), question(action, run), " ".join(action.when), state not in action.when)
        for action in (_worded(each, run) for each in ACTIONS)
        if permissions[action.verb]
    ]


def situation(run: Run) -> str:
    """What `Action.when` tells apart."""
    if run.state != State.QUEUED:
        return run.state
    return "queued-plan" if run.incumbent_seq is None else "queued+plan"


def action_for(run: Run, verb: Verb) -> Action | None:
    """The action that the verb stands for now; None when the run's state does not allow it."""
    state = situation(run)
    if verb is Verb.STOP and state == "queued-plan":
        verb = Verb.CANCEL  # there is nothing to keep: stopping it is taking it out of the queue
    return next((_worded(action, run) for action in ACTIONS if action.verb is verb and state in action.when), None)


def _worded(action: Action, run: Run) -> Action:
    """With what it means for this run."""
    return replace(action, help=SAME_PLAN) if action.verb is Verb.AGAIN and run.iterations is not None else action


def address(run: Run, verb: Verb) -> str:
    return reverse(f"runs:{verb.value}", args=[run.pk])


def question(action: Action, run: Run) -> str:
    return action.question.format(run=f"run {run.pk}")


def permitted(user: User | AnonymousUser) -> dict[Verb, bool]:
    """Which verbs the person may use."""
    return {verb: user.has_perm(permission) for verb, permission in PERMISSIONS.items()}


def why_not(run: Run, verb: Verb) -> str:
    """Why the run cannot be stopped, cancelled or solved again in the state that it is in."""
    if verb is Verb.AGAIN:
        return (
            f"Run {run.pk} is still going on: it is {State(run.state).label.lower()}. It can be solved again when it has ended."
        )
    match State(run.state):
        case State.CANCELLED:
            return f"Run {run.pk} was cancelled already."
        case State.FINISHED:
            return f"Run {run.pk} had ended before: {verdict(run).lower()}. There is nothing to {verb.value} any more."
        case State.FAILED:
            return f"Run {run.pk} had failed before. There is nothing to {verb.value} any more."
        case State.QUEUED | State.RUNNING | State.STOPPING:
            return f"Run {run.pk} has been asked to end already; it is about to."
