"""The shapes of the API: what is read is checked by them, what is answered is described by them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from runs.api.cursors import opened
from runs.api.instants import in_utc
from runs.models.limits import LEAST_SECONDS, LONGEST_REASON, MOST_DAYS, MOST_GAP_PERCENT, MOST_ITERATIONS, MOST_SECONDS


def _without_nul(text: str) -> str:
    """PostgreSQL keeps every sign but this one."""
    if "\0" in text:
        raise PydanticCustomError("nul", "The sign U+0000 cannot be kept")
    return text


def _storable(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise PydanticCustomError("time_zone_missing", "Say the time zone, such as 2026-03-02T06:00:00Z")
    try:
        return in_utc(moment)
    except OverflowError:
        raise PydanticCustomError("datetime_out_of_range", "Choose an instant between the years 1 and 9999") from None


def _ours(cursor: str) -> str:
    try:
        opened(cursor)
    except ValueError:
        raise PydanticCustomError("cursor", "Take it from `next_cursor` of the page before") from None
    return cursor


Urgency = Literal["urgent", "normal", "low"]
StateName = Literal["queued", "running", "stopping", "finished", "failed", "cancelled"]
OutcomeName = Literal["optimal", "feasible", "infeasible", "unknown"]
FailureName = Literal[
    "invalid_input",
    "too_large",
    "deadline_exceeded",
    "worker_lost",
    "shutdown",
    "solver_crashed",
    "solver_hung",
    "out_of_memory",
    "bad_output",
    "broken_plan",
    "internal",
]
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
Name = Annotated[str, Field(max_length=80), AfterValidator(_without_nul)]
UserName = Annotated[str, Field(max_length=150), AfterValidator(_without_nul)]
Cursor = Annotated[str, Field(max_length=40), AfterValidator(_ours)]
Instant = Annotated[datetime, AfterValidator(_storable)]
Reason = Annotated[
    str, Field(max_length=LONGEST_REASON, description="Why; kept with the run's events."), AfterValidator(_without_nul)
]

MOST_RUNS = 200  # on a page
MOST_EVENTS = 500


class Asked(BaseModel):
    """A body: types are taken at their word, and what is not understood is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class RunIn(Asked):
    """What to plan, what counts as good, and what the search may spend."""

    horizon_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 14
    limit_seconds: Annotated[
        float, Field(ge=LEAST_SECONDS, le=MOST_SECONDS, allow_inf_nan=False, description="Seconds of search at most.")
    ] = 60.0
    gap: Annotated[
        float,
        Field(
            ge=0,
            le=MOST_GAP_PERCENT / 100,
            allow_inf_nan=False,
            description="Ends when at most so much better is possible; 0.02 is 2 %.",
        ),
    ] = 0.0
    iterations: Annotated[
        Annotated[int, Field(ge=1, le=MOST_ITERATIONS)] | None,
        Field(description="Steps of search, which give the same plan again; null: search until the time is up."),
    ] = None
    profile: Annotated[Name | None, Field(description="Name of an objective profile; null: the default.")] = None
    priority: Urgency = "normal"
    fresh: Annotated[bool, Field(description="Solve even if the same question has been answered.")] = False
    reason: Reason = ""


class ReasonIn(Asked):
    """Why a run is to end."""

    reason: Reason = ""


class RunQuery(BaseModel):
    """Filters and the place in the list."""

    state: list[StateName] = Field(default=[], description="May be given several times.")
    outcome: list[OutcomeName] = Field(default=[], description="May be given several times.")
    failure: FailureName | None = Field(default=None, description="Why they failed.")
    profile: Name | None = Field(default=None, description="Name of an objective profile.")
    schedule: Number | None = Field(default=None, description="Number of a solve schedule.")
    requested_by: UserName | None = Field(default=None, description="A user name, or “me”.")
    since: Instant | None = Field(default=None, description="Requested at or after this instant.")
    until: Instant | None = Field(default=None, description="Requested before this instant.")
    limit: int = Field(default=50, ge=1, le=MOST_RUNS, description="Runs on a page at most.")
    cursor: Cursor | None = Field(default=None, description="`next_cursor` of the page before.")


class EventQuery(BaseModel):
    """Which events."""

    after: int = Field(default=0, ge=0, le=2**63 - 1, description="Number of the last event that you have.")
    limit: int = Field(default=100, ge=1, le=MOST_EVENTS, description="Events in an answer at most.")


class Links(BaseModel):
    """Where to go from a run; relative references."""

    self: str
    events: str
    plan: str
    stop: str
    retry: str
    page: str


class Failure(BaseModel):
    """Why a run failed, and what to do."""

    code: str
    text: str


class Place(BaseModel):
    """In the queue. `position` counts from 1."""

    position: int
    waits_for: str


class Progress(BaseModel):
    """How far the search is. Objective and bound are weighted sums, lower is better; `gap` is their distance, 0…1.

    Where the profile has tiers, they are of the first one; `measures` has everything that counts.
    """

    stage: str
    elapsed_seconds: float
    limit_seconds: float
    share: float = Field(description="Of the time limit, 0…1.")
    objective: int | None
    bound: int | None
    gap: float | None
    measures: dict[str, int] | None


class RunOut(BaseModel):
    """A run. `state` is where it is in its life, `outcome` what the search concluded: only when it is finished."""

    id: int
    state: StateName
    outcome: OutcomeName | None
    failure: Failure | None
    reasons: list[str] = Field(description="Why no plan is possible, when the outcome is “infeasible”.")
    priority: Urgency
    profile: str | None
    horizon_days: int
    gap_limit: float
    iterations: int | None = Field(description="Steps of search that were asked for; null: it searches until the time is up.")
    fallback: bool = Field(description="Answered by dispatching rules alone, because solving is broken at the moment.")
    again_of: int | None = Field(description="The run whose question is asked again.")
    schedule: int | None
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    queue: Place | None = Field(description="Only while it is queued.")
    eta: datetime | None = Field(
        description="When it will have ended if every search takes its whole time; null when nobody knows."
    )
    progress: Progress
    last_seq: int = Field(description="Number of the newest event.")
    plan: int | None = Field(description="Number of the draft that was made of it.")
    links: Links


class AcceptedOut(BaseModel):
    """A run that was asked for. `created` is false when the same question had a run already: this one."""

    id: int
    state: StateName
    created: bool
    links: Links


class RunPage(BaseModel):
    """Runs, newest first."""

    runs: list[RunOut]
    next_cursor: str | None
    next: str | None = Field(description="Address of the next page.")


class EventOut(BaseModel):
    """One thing that happened. Numbers run 1, 2, 3 … without a gap until the single steps of an old run go, after months.

    What is in `data` depends on `kind`.
    """

    seq: int
    kind: str
    at: datetime
    attempt: int
    data: dict[str, object]


class EventPage(BaseModel):
    """Events in order. `next` is the address of what comes after them, also when there is nothing yet."""

    events: list[EventOut]
    last_seq: int
    next: str
    has_more: bool


class ToldOut(BaseModel):
    """What came of it, in a sentence, and the run as it is now."""

    message: str
    run: RunOut


class PlacementOut(BaseModel):
    """Where and when one operation is done. `pauses`: from, until."""

    operation: str
    name: str
    number: int | None
    order: str
    machine: str
    operators: list[list[str]]
    setup_start: datetime
    start: datetime
    run_end: datetime
    end: datetime
    pauses: list[tuple[datetime, datetime]]


class PlanOut(BaseModel):
    """The best plan of a run so far, or the one that it ended with."""

    run: int
    seq: int = Field(description="The event that told of it.")
    draft: int | None = Field(description="Number of the draft that was made of it.")
    objective: int
    measures: dict[str, int]
    time_zone: str
    placements: list[PlacementOut]
