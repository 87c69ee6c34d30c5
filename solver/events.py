"""What a search says while it works. `elapsed` is seconds since the search began.

As JSON, one event is one line: an object whose "type" is stage, improved, bound or finished and whose other keys are the fields.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

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
    """A better schedule, verified by `solver.verify`. `source` names what found it, for the curious.

    Where the objective has tiers, `objective` is of the first, here and below: it may be the same as before.
    """

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


class EventFormatError(ValueError):
    """A line that is no event."""


def encode_event(event: Event) -> str:
    """One line of JSON without its line end."""
    return json.dumps(event_to_json(event), separators=(",", ":"))


def event_to_json(event: Event) -> dict[str, Any]:
    """The same as a JSON object."""
    match event:
        case Stage():
            return {"type": "stage", **asdict(event)}
        case Improved():
            return {
                "type": "improved",
                "elapsed": event.elapsed,
                "objective": event.objective,
                "measures": event.measures.as_dict(),
                "source": event.source,
                "schedule": event.schedule.to_json(),
            }
        case BoundRaised():
            return {"type": "bound", **asdict(event)}
        case Finished():
            return {"type": "finished", **asdict(event)}


def decode_event(line: str) -> Event:
    """The event of a line. Raises EventFormatError when it is none, or has a sign that PostgreSQL does not keep."""
    if "\\u0000" in line:
        raise EventFormatError("This event has a U+0000 in it.")
    try:
        data = json.loads(line)
        return _READERS[data["type"]](data)
    except (ValueError, KeyError, TypeError) as error:
        raise EventFormatError(f"This is no event: {error!r}.") from error


def _improved(data: dict[str, Any]) -> Improved:
    return Improved(
        elapsed=float(data["elapsed"]),
        schedule=Schedule.from_json(data["schedule"]),
        objective=int(data["objective"]),
        measures=Measures(**data["measures"]),
        source=str(data["source"]),
    )


def _finished(data: dict[str, Any]) -> Finished:
    return Finished(
        elapsed=float(data["elapsed"]),
        outcome=_one_of(get_args(Outcome), data["outcome"]),
        objective=None if data["objective"] is None else int(data["objective"]),
        bound=None if data["bound"] is None else int(data["bound"]),
        reasons=tuple(str(reason) for reason in data["reasons"]),
    )


def _one_of(allowed: tuple[Any, ...], word: object) -> Any:
    if word not in allowed:
        raise ValueError(f"{word!r} is none of {allowed}")
    return word


_READERS: dict[str, Callable[[dict[str, Any]], Event]] = {
    "stage": lambda data: Stage(float(data["elapsed"]), _one_of(get_args(StageName), data["name"])),
    "improved": _improved,
    "bound": lambda data: BoundRaised(float(data["elapsed"]), int(data["bound"])),
    "finished": _finished,
}
