"""What a search says while it works. `elapsed` is seconds since the search began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from solver.schedule import Measures, Schedule

StageName = Literal["checking", "building", "first_plan", "improving", "proving"]
Outcome = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, slots=True)
class Stage:
    """The search has entered a stage."""

    elapsed: float
    name: StageName


@dataclass(frozen=True, slots=True)
class Improved:
    """A better schedule, verified by `solver.verify`. `source` names what found it, for the curious."""

    elapsed: float
    schedule: Schedule
    objective: int
    measures: Measures
    source: str


@dataclass(frozen=True, slots=True)
class BoundRaised:
    """No schedule can have an objective below `bound`."""

    elapsed: float
    bound: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every search. `objective` is None without a schedule, `bound` None when nothing is known.

    `reasons`: sentences for a planner when the outcome is infeasible.
    """

    elapsed: float
    outcome: Outcome
    objective: int | None
    bound: int | None
    reasons: tuple[str, ...] = ()


Event = Stage | Improved | BoundRaised | Finished
