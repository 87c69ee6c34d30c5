"""What the live feed reads: a run's state, its events after a number, its newest frame. Rows are the truth; hints say when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from runs.models import Incumbent, Run
from runs.models import RunEvent as EventRow
from runs.models.run import ACTIVE
from runs.wire import RunEvent, RunState, run_event, run_state, run_states

PAGE = 2000  # events in one message at most: a long run is told in several
KEPT_RUNS = 500  # that go on, or that have ended, on the board


@dataclass(frozen=True, slots=True)
class Frame:
    """An incumbent as bytes (`plans.frames`), and the event that told of it."""

    seq: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """`events` follow the number asked for without a gap, up to `until`; `state` may know of more already."""

    state: RunState
    events: list[RunEvent]
    until: int
    frame: Frame | None

    @property
    def is_complete(self) -> bool:
        return self.until >= self.state["last_seq"]


def read(run_id: int, after: int, frame_after: int | None) -> Reading | None:
    """The run with its events after `after`, and its newest frame if that is newer than `frame_after` (None: no frame wanted).

    None when there is no such run. Three queries, up to two more while it is queued. Events are read before the run, so the state
    never lags behind the events that come with it.
    """
    rows = list(EventRow.objects.filter(run_id=run_id, seq__gt=after).order_by("seq")[:PAGE])
    run = runs().filter(pk=run_id).first()
    if run is None:
        return None
    frame = None
    if frame_after is not None and run.incumbent_seq is not None and run.incumbent_seq > frame_after:
        frame = newest_frame(run_id, frame_after)
    return Reading(run_state(run), [run_event(row) for row in rows], rows[-1].seq if rows else min(after, run.last_seq), frame)


def newest_frame(run_id: int, after: int = 0) -> Frame | None:
    """The newest incumbent's frame, if it is newer than event `after`."""
    newest = Incumbent.objects.filter(run_id=run_id, seq__gt=after).order_by("-seq").values_list("seq", "frame").first()
    return Frame(newest[0], bytes(newest[1])) if newest else None


def states(run_ids: Collection[int]) -> Mapping[int, RunState]:
    """Several runs by primary key, without those that do not exist; at most three queries."""
    return run_states(runs().filter(pk__in=run_ids))


def going_on() -> Mapping[int, RunState]:
    """Runs that have not ended, by primary key: the oldest `KEPT_RUNS`."""
    return run_states(runs().filter(pk__in=_oldest_going_on()).order_by("pk"))


def marks(run_ids: Collection[int]) -> Mapping[int, tuple[int, int | None]]:
    """What changes with every event and every stored incumbent, by run: of the given ones and of those `going_on`."""
    known = Run.objects.filter(Q(pk__in=run_ids) | Q(pk__in=_oldest_going_on()))
    return {pk: (last, incumbent) for pk, last, incumbent in known.values_list("pk", "last_seq", "incumbent_seq")}


def _oldest_going_on() -> QuerySet[Run, int]:
    """Always the same ones until one of them ends, so that nothing looks new that is not."""
    return Run.objects.filter(state__in=ACTIVE).order_by("pk").values_list("pk", flat=True)[:KEPT_RUNS]


def runs() -> QuerySet[Run]:
    """Runs without what makes them heavy, with what their state tells of."""
    return Run.objects.select_related("requested_by", "schedule").defer("reasons")
