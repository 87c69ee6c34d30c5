"""What is said between a run's row and those who write to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

from runs.models import FailureCode, Outcome, State
from runs.models.event import EventKind

Json = Mapping[str, Any]


class Stale(Exception):
    """This attempt holds the run no longer. Nothing was written."""


class Wish(Enum):
    """What the holder of a lease should do, as the row says."""

    GO_ON = "go on"
    STOP = "stop"
    CANCEL = "cancel"
    DRAIN = "drain"


class Stopped(Enum):
    """What came of asking a run to stop or to cancel."""

    STOPPING = "stopping"
    ALREADY_STOPPING = "already stopping"
    CANCELLED = "cancelled"
    ALREADY_ENDED = "already ended"
    CHANGED = "changed"

    @property
    def sentence(self) -> str:
        """For the person who asked."""
        return SENTENCES[self]


SENTENCES = {
    Stopped.STOPPING: "The run is stopping.",
    Stopped.ALREADY_STOPPING: "The run is stopping already.",
    Stopped.CANCELLED: "The run is cancelled.",
    Stopped.ALREADY_ENDED: "The run had ended before.",
    Stopped.CHANGED: "Something else happened to the run in between. Nothing was done; ask once more.",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What who asks knows of the run: where it has come to something else by then, nothing is done.

    `seq`: the number of its last event. `becomes`: the state into which that which is asked brings it. None: whatever it is.
    """

    seq: int | None = None
    becomes: State | None = None


ANYTHING = Expected()


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to a run. `owner` is the worker's name and the id of the Celery task, joined by a slash."""

    run_id: int
    attempt: int
    owner: str


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be appended."""

    kind: EventKind
    data: Json
    uid: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class Progress:
    """The columns that follow the events; None leaves one as it is."""

    stage: str | None = None
    objective: int | None = None
    measures: Json | None = None
    bound: int | None = None


@dataclass(frozen=True, slots=True)
class NewIncumbent:
    """A schedule to be kept: `seq` is its event's number, `schedule` its JSON, `frame` what browsers draw."""

    seq: int
    objective: int
    measures: Json
    schedule: Json
    frame: bytes


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a search ended. `objective` and `measures` belong to the plan, None without one."""

    outcome: Outcome
    objective: int | None = None
    measures: Json | None = None
    bound: int | None = None
    reasons: Sequence[str] = ()
    plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class Setback:
    """An attempt that went wrong. `runs.failures` says how often the run is tried again after such a thing.

    `text` is for the planner, empty: the one of the table; `why` is for the admin who looks at the attempt, empty: the same.
    """

    code: FailureCode
    text: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What an attempt leaves in its own row; None leaves a column as it is. `log_tail`: the solver's last words."""

    threads: int | None = None
    seed: int | None = None
    peak_memory_mb: int | None = None
    log_tail: str | None = None
    why: str | None = None
