"""One verb for many runs: first a count of what would happen to each group, then the deed, then a report for each run.

    preview    counts what a filter means, by what would happen, and names the runs that something would happen to
    changed    the runs to which, by now, something else would happen than was shown
    carry_out  does it, one run after the other, and says for each what came of it

The deed is done to the runs that were counted and to no others, whatever the filter means by then.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

import structlog
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.db.models import Count, Q
from psycopg import errors

from runs import leases
from runs.filters import RunFilter
from runs.launch import repeat_run
from runs.leases import Expected, Stopped
from runs.models import Run, State, StopKind
from runs.models.run import ACTIVE, GIVEN_UP
from runs.retrying import AWAY
from runs.submissions import held

MOST = 500  # runs in one deed
PATIENCE_SECONDS = 20.0  # a person waits for the report
GONE = "There is no such run."
BUSY = "What you asked of many runs before is still being done. Nothing was done; ask once more in a moment."

log = structlog.get_logger()


class TooMany(ValueError):
    """More runs at once than `MOST`. Nothing was done."""


class Verb(StrEnum):
    """What can be asked of many runs."""

    STOP = "stop"
    CANCEL = "cancel"
    AGAIN = "again"


PERMISSIONS: Mapping[Verb, str] = {Verb.STOP: "runs.stop_run", Verb.CANCEL: "runs.stop_run", Verb.AGAIN: "runs.add_run"}


class Effect(StrEnum):
    """What a verb does to a run as it is now."""

    REMOVED = "removed"
    KEPT = "kept"
    STOPPED = "stopped"
    CUT_OFF = "cut_off"
    REPEATED = "repeated"
    STOPPING = "stopping"
    ENDED = "ended"
    GOING_ON = "going_on"
    ANSWERED = "answered"

    @property
    def is_deed(self) -> bool:
        """Whether anything happens to the run at all."""
        return self in DEEDS


DEEDS = {Effect.REMOVED, Effect.KEPT, Effect.STOPPED, Effect.CUT_OFF, Effect.REPEATED}

# the state that a run comes into by being ended
BECOMES: Mapping[Effect, State] = {
    Effect.REMOVED: State.CANCELLED,
    Effect.KEPT: State.QUEUED,
    Effect.STOPPED: State.STOPPING,
    Effect.CUT_OFF: State.STOPPING,
}

# after the number and, for a deed, the state: for one run, for several
PHRASES: Mapping[Effect, tuple[str, str]] = {
    Effect.REMOVED: ("is removed from the queue", "are removed from the queue"),
    Effect.KEPT: ("ends with the best plan that it has", "end with the best plan that they have"),
    Effect.STOPPED: ("is stopped and keeps its best plan", "are stopped and keep their best plan"),
    Effect.CUT_OFF: ("is stopped without a plan", "are stopped without a plan"),
    Effect.REPEATED: ("is solved again with the same inputs", "are solved again with the same inputs"),
    Effect.STOPPING: ("is stopping already", "are stopping already"),
    Effect.ENDED: ("has ended and stays as it is", "have ended and stay as they are"),
    Effect.GOING_ON: ("is still going on and stays as it is", "are still going on and stay as they are"),
    Effect.ANSWERED: ("has an answer and stays as it is", "have an answer and stay as they are"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Runs to which the same happens. `state` only where something does."""

    effect: Effect
    state: State | None
    count: int

    @property
    def sentence(self) -> str:
        """“12 queued are removed from the queue”."""
        phrase = PHRASES[self.effect][self.count != 1]
        return " ".join(filter(None, (f"{self.count:,}", self.state and self.state.label.lower(), phrase)))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a verb would do to the runs of a filter. `targets`: the oldest `MOST` of the `affected`, with what happens to each."""

    verb: Verb
    groups: Sequence[Group]
    targets: Mapping[int, Effect]

    @property
    def total(self) -> int:
        """Runs that the filter means."""
        return sum(group.count for group in self.groups)

    @property
    def affected(self) -> int:
        """Those of them to which something would happen."""
        return sum(group.count for group in self.groups if group.effect.is_deed)

    @property
    def left_over(self) -> int:
        """Those for which there is no room in one deed."""
        return max(0, self.affected - len(self.targets))


class Result(Enum):
    """What came of asking one run."""

    DONE = "done"
    ALREADY = "already"
    REFUSED = "refused"


RESULTS: Mapping[Stopped, Result] = {
    Stopped.STOPPING: Result.DONE,
    Stopped.CANCELLED: Result.DONE,
    Stopped.CHANGED: Result.REFUSED,
}


@dataclass(frozen=True, slots=True)
class ItemReport:
    """What came of it for one run, in a sentence. `new_run_id`: the run that answers its question from now on."""

    run_id: int
    result: Result
    sentence: str
    new_run_id: int | None = None


def preview(chosen: RunFilter, verb: Verb) -> Preview:
    """Count what the verb would do to the runs of a filter. Changes nothing; two queries."""
    kinds = chosen.runs().annotate(has_plan=Q(incumbent_seq__isnull=False)).values_list("state", "stop_kind", "has_plan")
    counts: Counter[tuple[Effect, State | None]] = Counter()
    for state, stop_kind, has_plan, count in kinds.annotate(count=Count("pk")):
        effect = effect_of(verb, State(state), stop_kind, has_plan=has_plan)
        counts[effect, State(state) if effect.is_deed else None] += count
    targets = chosen.runs().filter(_reachable(verb)).order_by("pk")[:MOST]
    places = {kind: place for place, kind in enumerate((effect, state) for effect in Effect for state in (None, *State))}
    groups = [Group(*kind, counts[kind]) for kind in sorted(counts, key=places.__getitem__)]
    return Preview(
        verb, groups, {run.pk: effect_of_run(verb, run) for run in targets.only("state", "stop_kind", "incumbent_seq")}
    )


def effect_of_run(verb: Verb, run: Run) -> Effect:
    return effect_of(verb, State(run.state), run.stop_kind, has_plan=run.incumbent_seq is not None)


def effect_of(verb: Verb, state: State, stop_kind: str, *, has_plan: bool) -> Effect:
    """What the verb does to a run in that state, which was asked to end (`stop_kind`) or not."""
    if verb is Verb.AGAIN:
        return Effect.REPEATED if state in GIVEN_UP else Effect.GOING_ON if state in ACTIVE else Effect.ANSWERED
    if state not in ACTIVE:
        return Effect.ENDED
    if stop_kind == StopKind.CANCEL or (stop_kind and verb is Verb.STOP):
        return Effect.STOPPING
    if state is State.QUEUED:
        return Effect.KEPT if verb is Verb.STOP and has_plan else Effect.REMOVED
    return Effect.STOPPED if verb is Verb.STOP else Effect.CUT_OFF


def changed(verb: Verb, shown: Mapping[int, Effect]) -> list[int]:
    """The runs to which something else would be done now than was shown. Those to which nothing happens any more are none."""
    runs = Run.objects.filter(pk__in=shown).only("state", "stop_kind", "incumbent_seq").order_by("pk")
    now = {run.pk: effect_of_run(verb, run) for run in runs}
    return [pk for pk, effect in now.items() if effect.is_deed and effect is not shown[pk]]


def untouched(chosen: RunFilter, verb: Verb, shown: Collection[int]) -> int:
    """How many more runs the filter means to which something would happen, and that are not among those shown."""
    return chosen.runs().filter(_reachable(verb)).exclude(pk__in=shown).count()


def carry_out(shown: Mapping[int, Effect], verb: Verb, actor: User, reason: str) -> list[ItemReport]:
    """Do it to these runs, in this order, and say for each what came of it. One whose fate would be another is left alone.

    Each run is a deed of its own: one that is refused does not hold up the others. One deed of a person at a time: each keeps
    a thread of the site and a connection for long. Raises TooMany, InProgress.
    """
    if len(shown) > MOST:
        raise TooMany(f"At most {MOST} runs at once; these are {len(shown):,}.")
    with held(f"bulk {actor.pk}"):
        return _carried_out(shown, verb, actor, reason)


def _carried_out(shown: Mapping[int, Effect], verb: Verb, actor: User, reason: str) -> list[ItemReport]:
    runs = Run.objects.in_bulk(shown)
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    reports = []
    for pk, effect in shown.items():
        if pk not in runs:
            reports.append(ItemReport(pk, Result.REFUSED, GONE))
        elif time.monotonic() > give_up_at:
            reports.append(ItemReport(pk, Result.REFUSED, "Not done: there was no time left for it. Ask once more for the rest."))
        else:
            reports.append(_tried(runs[pk], verb, effect, actor, reason))
    return reports


def _tried(run: Run, verb: Verb, effect: Effect, actor: User, reason: str) -> ItemReport:
    """One that cannot be done must not take the report of the others with it."""
    try:
        return _do(run, verb, effect, actor, reason)
    except AWAY as error:
        log.warning("one of many runs not done", run=run.pk, verb=verb.value, error=str(error))
        if not connection.is_usable():
            connection.close()
        return ItemReport(run.pk, Result.REFUSED, "The database did not answer, so nobody knows what came of it. Ask once more.")
    except Run.DoesNotExist:
        return ItemReport(run.pk, Result.REFUSED, GONE)
    except IntegrityError as error:
        if not isinstance(error.__cause__, errors.ForeignKeyViolation):
            raise
        return ItemReport(run.pk, Result.REFUSED, GONE)


def _do(run: Run, verb: Verb, effect: Effect, actor: User, reason: str) -> ItemReport:
    if verb is Verb.AGAIN:
        return _again(run, actor, reason)
    expected = Expected(becomes=BECOMES.get(effect, State.FINISHED))  # which nobody brings it into: nothing was to be done
    came = (leases.stop if verb is Verb.STOP else leases.cancel)(run.pk, actor, reason, expected)
    return ItemReport(run.pk, RESULTS.get(came, Result.ALREADY), came.sentence)


def _again(run: Run, actor: User, reason: str) -> ItemReport:
    if run.state in ACTIVE:
        return ItemReport(run.pk, Result.REFUSED, "The run is still going on.")
    if run.state not in GIVEN_UP:
        return ItemReport(run.pk, Result.ALREADY, "The run has an answer. Solve it again from its own page.")
    launched = repeat_run(run, actor, reason, fresh=False)
    answer = launched.run.pk
    if not launched.created:
        return ItemReport(run.pk, Result.ALREADY, f"Run {answer} answers the same question.", answer)
    return ItemReport(run.pk, Result.DONE, f"Run {answer} solves it again.", answer)


def _reachable(verb: Verb) -> Q:
    """The runs to which the verb does something."""
    if verb is Verb.AGAIN:
        return Q(state__in=GIVEN_UP)
    return Q(state__in=ACTIVE) & (Q(stop_kind="") if verb is Verb.STOP else ~Q(stop_kind=StopKind.CANCEL))
