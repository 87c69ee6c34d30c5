"""Events as lines of JSON, there and back."""

from __future__ import annotations

import json

import pytest

from solver.events import BoundRaised, Event, EventFormatError, Finished, Improved, Stage, decode_event, encode_event
from solver.schedule import measure
from tests.solver.examples import assignment, operation, problem, schedule

PLAN = schedule(assignment("a", 0, 10))

EVENTS: list[Event] = [
    Stage(0.0, "checking"),
    Improved(0.25, PLAN, 10, measure(problem(operation("a")), PLAN), "earliest due date"),
    BoundRaised(1.5, 8),
    Finished(2.0, "optimal", 10, 10),
    Finished(2.0, "infeasible", None, None, ("Order 1 has “no” machine.",)),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_survives_its_line(event: Event) -> None:
    line = encode_event(event)

    assert "\n" not in line
    assert decode_event(line) == event


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"type": "party"}',
        '{"type": "stage", "elapsed": 1, "name": "sleeping"}',
        '{"type": "stage", "name": "checking"}',
        '{"type": "bound", "elapsed": 1, "bound": null}',
        '{"type": "finished", "elapsed": 1, "outcome": "great", "objective": 1, "bound": 1, "reasons": []}',
        '{"type": "finished", "elapsed": 1, "outcome": "infeasible", "objective": null, "bound": null, "reasons": ["\\u0000"]}',
        json.dumps({**json.loads(encode_event(EVENTS[1])), "schedule": {"assignments": 3}}),
        json.dumps({**json.loads(encode_event(EVENTS[1])), "measures": {"joy": 3}}),
    ],
)
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(EventFormatError):
        decode_event(line)
