"""What goes wrong, for programs: RFC 9457 problems. Whoever raises one says it all; the site's API turns it into the answer.

Problem          its `kind` is an anchor of the API's reference page
  Fault          one of several things that are wrong with a request, with the place where it is
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """Every kind of problem: status, title."""

    BAD_REQUEST = (400, "The request cannot be read")
    KEY_MISSING = (400, "An Idempotency-Key is missing")
    NOT_AUTHENTICATED = (401, "Who is asking?")
    NOT_ALLOWED = (403, "Not allowed")
    NOT_FOUND = (404, "There is no such thing")
    METHOD_NOT_ALLOWED = (405, "That method is not allowed here")
    CONFLICT = (409, "That is not possible in this state")
    IN_PROGRESS = (409, "The same request is being worked on")
    COUNT_CHANGED = (409, "Other runs than were counted")
    PRECONDITION_FAILED = (412, "It has changed since it was read")
    TOO_LARGE = (413, "The body is too large")
    UNSUPPORTED_MEDIA_TYPE = (415, "The body is not JSON")
    INVALID = (422, "The request has faults")
    KEY_REUSED = (422, "The Idempotency-Key was used for another request")
    PLANT_REFUSED = (422, "The plant's data cannot be planned")
    TOO_MANY_REQUESTS = (429, "Too many requests")
    INTERNAL = (500, "A fault of ours")
    UNAVAILABLE = (503, "Not available at the moment")

    @property
    def status(self) -> int:
        return self.value[0]

    @property
    def title(self) -> str:
        return self.value[1]

    @property
    def slug(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `pointer` leads to it in the body (JSON Pointer), else `parameter` or `header` names it."""

    message: str
    code: str = ""
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    subject: str | None = None  # a row of the plant: “order:12”
    alone: Kind = Kind.INVALID  # what kind of problem it is when there is no other fault


@dataclass
class Problem(Exception):
    """`detail` is a sentence about this occurrence; `more` are further members of the answer."""

    kind: Kind
    detail: str
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.detail)


def of_faults(faults: Sequence[Fault]) -> Problem:
    """Everything that is wrong with a request, at once."""
    kind = faults[0].alone if len(faults) == 1 else Kind.INVALID
    count = "There is one fault." if len(faults) == 1 else f"There are {len(faults)} faults."
    return Problem(kind, f"{count} Nothing was done.", faults)


def not_found(what: str) -> Problem:
    return Problem(Kind.NOT_FOUND, f"There is no {what}.")
