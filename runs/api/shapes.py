"""How a run becomes JSON (`schemas.RunOut`), with when it will have ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from runs import liveness
from runs.models import Priority, Run, State
from runs.models.heartbeat import ProcessKind
from runs.models.run import ACTIVE, LEASED
from runs.reading import runs as readable_runs
from runs.sharing import Shared
from runs.wire import RunState, run_states

if TYPE_CHECKING:
    from django.db.models import QuerySet

API = "/api/v1"

Json = dict[str, object]

URGENCIES: Mapping[str, Priority] = {"urgent": Priority.URGENT, "normal": Priority.NORMAL, "low": Priority.LOW}


def runs() -> QuerySet[Run]:
    """Runs with what their JSON tells of."""
    return readable_runs().select_related("profile").defer(None)


def links(run_id: int) -> Json:
    own = f"{API}/runs/{run_id}"
    return {
        "self": own,
        "events": f"{own}/events",
        "plan": f"{own}/plan",
        "stop": f"{own}/stop",
        "retry": f"{own}/retry",
        "page": reverse("runs:detail", args=[run_id]),
    }


def marks(run: Run) -> tuple[object, ...]:
    """What makes out the version of a run, apart from its place in the queue."""
    return (run.pk, run.state, run.last_seq, run.incumbent_seq, run.plan_id, run.stage, run.priority, run.fallback)


def told(states: Collection[Run]) -> list[Json]:
    """In the same order; at most four queries for all of them."""
    by_id = run_states(states)
    waiting = [run for run in states if run.state == State.QUEUED and not run.fallback]
    outlook = _shared_outlook.get(lambda read: all(map(read.knows, waiting))) if waiting else Outlook((), 0)
    return [_told(run, by_id[run.pk], outlook) for run in states]


def _told(run: Run, state: RunState, outlook: Outlook) -> Json:
    return {
        "id": run.pk,
        "state": run.state,
        "outcome": run.outcome or None,
        "failure": {"code": run.failure_code, "text": state["failure_text"]} if run.failure_code else None,
        "reasons": run.reasons,
        "priority": urgency(run.priority),
        "profile": run.profile.name if run.profile else None,
        "horizon_days": run.horizon_days,
        "gap_limit": run.gap,
        "iterations": run.iterations,
        "fallback": run.fallback,
        "again_of": run.again_of_id,
        "schedule": run.schedule_id,
        "requested_by": state["requested_by"],
        "requested_at": run.requested_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "queue": _place(state),
        "eta": outlook.end(run),
        "progress": _progress(run, state),
        "last_seq": run.last_seq,
        "plan": run.plan_id,
        "links": links(run.pk),
    }


def urgency(priority: int) -> str:
    """The name of the nearest level that is not above it."""
    return next((name for name, level in URGENCIES.items() if priority >= level), "low")


def _place(state: RunState) -> Json | None:
    if state["queue_position"] is None:
        return None
    return {"position": state["queue_position"], "waits_for": state["waits_for"]}


def _progress(run: Run, state: RunState) -> Json:
    elapsed = state["elapsed_seconds"]
    return {
        "stage": run.stage,
        "elapsed_seconds": elapsed,
        "limit_seconds": run.limit_seconds,
        "share": round(min(1.0, elapsed / run.limit_seconds), 4),
        "objective": run.best_objective,
        "bound": run.best_bound,
        "gap": run.relative_gap,
        "measures": run.measures,
    }


class Ahead(NamedTuple):
    """A run that has not ended."""

    pk: int
    state: str
    limit_seconds: float
    spent_seconds: float
    claimed_at: datetime | None


class Outlook:
    """What there is still to search, and by how many workers. Dispatching rules answer in a queue of their own, in moments."""

    def __init__(self, open_runs: Sequence[Ahead], slots: int) -> None:
        self._now = timezone.now()
        self._known = {each.pk for each in open_runs}
        self._waits: dict[int, float] = {}
        before = [self._left(each) for each in open_runs if each.state in LEASED]
        count, seconds = len(before), sum(before)
        for each in open_runs if slots else ():
            if each.state == State.QUEUED:
                self._waits[each.pk] = seconds / slots if count >= slots else 0.0
                count, seconds = count + 1, seconds + self._left(each)

    @classmethod
    def read(cls) -> Outlook:
        """Two queries. Runs in the order in which they are taken."""
        searched = Run.objects.filter(state__in=ACTIVE, fallback=False)
        open_runs = searched.order_by("-priority", "available_at", "pk").values_list(*Ahead._fields)
        slots = liveness.alive(ProcessKind.SOLVE).filter(draining=False).aggregate(slots=Sum("slots"))["slots"]
        return cls([Ahead(*each) for each in open_runs], slots or 0)

    def knows(self, run: Run) -> bool:
        """Whether it was there when this was read."""
        return run.pk in self._known

    def end(self, run: Run) -> datetime | None:
        """When it will have ended if every search takes its whole time; None when it has ended, or nobody works on searches."""
        if run.state not in ACTIVE or run.fallback:
            return None
        wait = 0.0 if run.state in LEASED else self._waits.get(run.pk)
        own = Ahead(run.pk, run.state, run.limit_seconds, run.spent_seconds, run.claimed_at)
        return None if wait is None else self._now + timedelta(seconds=wait + self._left(own))

    def _left(self, run: Ahead) -> float:
        spent = run.spent_seconds
        if run.state in LEASED and run.claimed_at is not None:
            spent = max(spent, (self._now - run.claimed_at).total_seconds())
        return max(0.0, run.limit_seconds - spent)


_shared_outlook = Shared(Outlook.read)
