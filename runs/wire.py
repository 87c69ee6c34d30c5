"""Every message between a browser and the live feed of runs, as declared shapes, and how rows become them.

Socket /ws/runs/<id>/?after=<seq>   server → client, text:

    Catchup   first: the run as it is and its events after `after`; also the body of the HTTP feed
    Events    from then on; `run` may change without an event, such as its place in the queue

server → client, binary: the newest incumbent's frame (`plans.frames`), older ones that were not sent yet are skipped.

Socket /ws/runs/   server → client, text: RunChanged, for every run that is going on and for every change of any run.

client → server, on both: Ping, which is answered by a Pong, and Since. Nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, TypedDict

from django.utils import timezone

from runs import liveness
from runs.models import Run, State
from runs.models import RunEvent as EventRow
from runs.models.event import EventKind
from runs.models.heartbeat import ProcessKind
from runs.models.run import LEASED
from runs.sharing import Shared
from runs.words import asked_by, what_went_wrong, will_be_retried


class RunState(TypedDict):
    """A run as it is at `server_time`. Times are ISO 8601, objective and bound the first tier's sums, `gap` 0…1 of it.

    `in_turn`: other tiers follow. `queue_position` (from 1) and `waits_for` (a sentence) only while it is queued;
    `elapsed_seconds` of search in all attempts; `failure_text`, sentences for the planner, only when it failed. `retry_text` and
    `retry_at` while it waits for another attempt after one that went wrong: a sentence with “{when}” in it, and from when.
    `priority`: higher comes first. `thinned`: the single steps of its search are no longer kept, so that numbers are
    missing among its events.
    """

    id: int
    state: str
    outcome: str | None
    failure_code: str
    failure_text: str
    stage: str
    queue_position: int | None
    waits_for: str
    requested_at: str
    requested_by: str
    started_at: str | None
    finished_at: str | None
    elapsed_seconds: float
    limit_seconds: float
    best_objective: int | None
    best_bound: int | None
    gap: float | None
    in_turn: bool
    measures: dict[str, int] | None
    incumbent_seq: int | None
    last_seq: int
    plan_id: int | None
    priority: int
    fallback: bool
    retry_at: str | None
    retry_text: str
    thinned: bool
    server_time: str


class RunEvent(TypedDict):
    """One thing that happened; `seq` counts 1, 2, 3 … in each run without a gap, until it is thinned.

    `TOLD` says what is in `data`.
    """

    seq: int
    kind: str
    at: str
    attempt: int
    data: dict[str, object]


class Catchup(TypedDict):
    type: Literal["catchup"]
    run: RunState
    events: list[RunEvent]


class Events(TypedDict):
    type: Literal["events"]
    run: RunState
    events: list[RunEvent]


class RunChanged(TypedDict):
    type: Literal["runs"]
    run: RunState


class Ping(TypedDict):
    """Keeps proxies from closing a silent line, and says how far the client is: it has worked off everything up to event `seq`,
    or, where events have no numbers, everything. One that says nothing for some megabytes is sent away as too slow (4008).
    """

    type: Literal["ping"]
    seq: int | None


class Pong(TypedDict):
    """The answer to a Ping. A client that hears neither this nor anything else for a while has lost its line, or the server."""

    type: Literal["pong"]


class Since(TypedDict):
    """The client saw a gap, or came back: everything after `seq` again."""

    type: Literal["since"]
    seq: int


class BadMessage(ValueError):
    """A client sent something that is not a Ping or a Since."""


PONG = json.dumps(Pong(type="pong"), separators=(",", ":"))

# What viewers and programs are told of an event. A row has more, such as the host of a worker.
TOLD: Mapping[str, frozenset[str]] = {
    EventKind.QUEUED: frozenset({"by", "reason"}),
    EventKind.PROMOTED: frozenset({"priority", "by", "reason"}),
    EventKind.STARTED: frozenset(),
    EventKind.STAGE: frozenset({"name", "elapsed"}),
    EventKind.IMPROVED: frozenset({"objective", "measures", "elapsed", "source", "found_at"}),
    EventKind.BOUND: frozenset({"bound", "elapsed"}),
    EventKind.STOPPING: frozenset({"kind", "by", "reason"}),
    EventKind.REQUEUED: frozenset({"reason", "text"}),
    EventKind.FINISHED: frozenset({"outcome", "objective", "measures", "bound", "plan_id"}),
    EventKind.FAILED: frozenset({"reason", "text"}),
    EventKind.CANCELLED: frozenset({"kind", "by", "reason", "text"}),
}


def run_event(event: EventRow) -> RunEvent:
    told = {name: value for name, value in event.data.items() if name in TOLD[event.kind]}
    return RunEvent(seq=event.seq, kind=event.kind, at=event.at.isoformat(), attempt=event.attempt, data=told)


def run_state(run: Run) -> RunState:
    """No query unless the run is queued or its `requested_by` and `schedule` have to be fetched."""
    return run_states([run])[run.pk]


def run_states(runs: Collection[Run]) -> Mapping[int, RunState]:
    """By primary key; two queries for all of them if one is queued and nobody has looked at the queue for a second."""
    waiting = [run for run in runs if run.state == State.QUEUED]
    queue = _shared_queue.get(lambda read: all(map(read.place, waiting))) if waiting else _Queue((), 0, 0)
    return {run.pk: _state(run, queue) for run in runs}


def parse(text: str) -> Ping | Since:
    """What a client says; raises BadMessage."""
    try:
        said = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadMessage("not JSON") from error
    match said:
        case {"type": "ping", **rest} if not rest:
            return Ping(type="ping", seq=None)
        case {"type": "ping", "seq": int(seq), **rest} if not rest and _is_number(seq):
            return Ping(type="ping", seq=seq)
        case {"type": "since", "seq": int(seq), **rest} if not rest and _is_number(seq):
            return Since(type="since", seq=seq)
        case _:
            raise BadMessage("neither ping nor since")


def _is_number(seq: int) -> bool:
    """JSON's true is an int to Python."""
    return seq >= 0 and not isinstance(seq, bool)


class _Queue:
    """The queue as it is: who is in it, in the order in which `leases.claim` takes them, and how many could be worked on.

    Runs that dispatching rules answer have workers of their own and a queue of their own.
    """

    def __init__(self, waiting: Sequence[int], slots: int, busy: int, at_once: Sequence[int] = ()) -> None:
        self._place = {pk: place for queue in (waiting, at_once) for place, pk in enumerate(queue, 1)}
        self._slots = slots
        self._busy = busy

    @classmethod
    def read(cls) -> _Queue:
        open_runs = (
            Run.objects.filter(state__in=[State.QUEUED, *LEASED])
            .order_by("-priority", "available_at", "pk")
            .values_list("pk", "state", "fallback")
        )
        workers = liveness.alive(ProcessKind.SOLVE).filter(draining=False)
        return cls(
            waiting=[pk for pk, state, fallback in open_runs if state == State.QUEUED and not fallback],
            slots=sum(workers.values_list("slots", flat=True)),
            busy=sum(state != State.QUEUED and not fallback for _pk, state, fallback in open_runs),
            at_once=[pk for pk, state, fallback in open_runs if state == State.QUEUED and fallback],
        )

    def place(self, run: Run) -> int | None:
        """None for one that does not wait, whatever this reading still says."""
        return self._place.get(run.pk) if run.state == State.QUEUED else None

    def waits_for(self, run: Run) -> str:
        place = self.place(run)
        if place is None:
            return ""
        if run.fallback:
            return "Is answered by dispatching rules in a moment, because the search does not work"
        if self._slots == 0:
            return "Waits for a solve worker: none is running"
        ahead = self._busy + place - 1
        if ahead < self._slots:
            return "Starts in a moment"
        return f"Waits for a free solve worker: {ahead} {'run is' if ahead == 1 else 'runs are'} before it"


_shared_queue = Shared(_Queue.read)


def _state(run: Run, queue: _Queue) -> RunState:
    retry = will_be_retried(run)
    return RunState(
        id=run.pk,
        state=run.state,
        outcome=run.outcome or None,
        failure_code=run.failure_code,
        failure_text=what_went_wrong(run),
        stage=run.stage,
        queue_position=queue.place(run),
        waits_for=queue.waits_for(run),
        requested_at=run.requested_at.isoformat(),
        requested_by=asked_by(run),
        started_at=run.started_at.isoformat() if run.started_at else None,
        finished_at=run.finished_at.isoformat() if run.finished_at else None,
        elapsed_seconds=round(_elapsed(run), 3),
        limit_seconds=run.limit_seconds,
        best_objective=run.best_objective,
        best_bound=run.best_bound,
        gap=run.relative_gap,
        in_turn=run.in_turn,
        measures=run.measures,
        incumbent_seq=run.incumbent_seq,
        last_seq=run.last_seq,
        plan_id=run.plan_id,
        priority=run.priority,
        fallback=run.fallback,
        retry_at=run.available_at.isoformat() if retry else None,
        retry_text=retry,
        thinned=run.thinned_at is not None,
        server_time=timezone.now().isoformat(),
    )


def _elapsed(run: Run) -> float:
    """The worker reports what it has spent now and then; in between, the time since the claim is closer."""
    if run.state not in LEASED or run.claimed_at is None:
        return run.spent_seconds
    return max(run.spent_seconds, (timezone.now() - run.claimed_at).total_seconds())
