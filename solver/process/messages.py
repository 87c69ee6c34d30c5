"""The lines between the two sides: each one JSON object.

Down (stdin)   the question once: {"parent", "lease_until", "limits", "problem", "hint"}; then {"lease_until"} again and again
Up   (stdout)  {"type": "ready"} from a child that has loaded everything and still has no question; {"type": "alive"} as soon as
               it has read one, and whenever there was nothing else to say; events as `solver.events` writes them

`lease_until` is an instant of the monotonic clock, which all processes of a machine share: a line that waited in the pipe of a
frozen process cannot prolong its life.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from solver.limits import Limits
from solver.problem import Problem
from solver.schedule import Schedule

READY = b'{"type":"ready"}\n'
ALIVE = b'{"type":"alive"}\n'
ALIVE_EVERY_SECONDS = 2.0
LINE_LIMIT_BYTES = 64 * 1024 * 1024  # a schedule of 10,000 operations is about 2 MB

EXIT_RAISED = 1  # Python's own, of an exception in the main thread
EXIT_FAILED = 70
EXIT_OUT_OF_MEMORY = 86
EXIT_LEASE_OVER = 87
EXIT_PARENT_GONE = 88
EXIT_REFUSED = 89


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that the child needs to begin. `parent` is the pid that it must outlive by nothing."""

    parent: int
    lease_until: float
    limits: Limits
    problem: Problem
    hint: Schedule | None


def encode_question(question: Question) -> bytes:
    return _line(
        {
            "parent": question.parent,
            "lease_until": question.lease_until,
            "limits": asdict(question.limits),
            "problem": question.problem.to_json(),
            "hint": question.hint.to_json() if question.hint else None,
        }
    )


def decode_question(line: bytes) -> Question:
    """Raises ValueError or KeyError when the line is not what `encode_question` writes."""
    data = json.loads(line)
    return Question(
        parent=data["parent"],
        lease_until=data["lease_until"],
        limits=Limits(**data["limits"]),
        problem=Problem.from_json(data["problem"]),
        hint=Schedule.from_json(data["hint"]) if data["hint"] else None,
    )


def encode_lease(lease_until: float) -> bytes:
    return _line({"lease_until": lease_until})


def decode_lease(line: bytes) -> float:
    return float(json.loads(line)["lease_until"])


def _line(data: object) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"
