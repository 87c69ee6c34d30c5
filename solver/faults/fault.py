"""What a fault looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SubjectKind = Literal["problem", "cell", "machine", "operator", "matrix", "order", "operation"]

FaultCode = Literal[
    "bad_epoch",
    "bad_number",
    "bad_tiers",
    "bad_windows",
    "bad_downtime",
    "bad_matrix",
    "duplicate_id",
    "duplicate_mode",
    "unknown_reference",
    "capacity_with_matrix",
    "unknown_family",
    "missing_family",
    "no_mode",
    "due_before_release",
    "deadline_before_release",
    "bad_lag",
    "cycle",
    "bad_actual",
    "bad_baseline",
    "bad_freeze",
    "bad_pin",
    "too_large",
    "no_crew",
    "no_room",
    "horizon_too_short",
    "deadline_impossible",
    "wait_expired",
    "fixed_too_early",
    "fixed_in_closed_time",
    "fixed_collision",
    "overloaded_machine",
]

PROOFS: frozenset[FaultCode] = frozenset(
    {
        *("no_mode", "no_crew", "no_room", "horizon_too_short", "overloaded_machine"),
        *("deadline_before_release", "deadline_impossible", "wait_expired", "cycle"),
        *("bad_pin", "bad_freeze", "fixed_too_early", "fixed_in_closed_time", "fixed_collision"),
    }
)
"""Codes of what nobody could plan. All others are of what nobody can have meant, and say nothing about what can be planned."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, as a sentence in the user's nouns, and the row that it is about.

    `subject_id` is the id of that row, "" for the problem as a whole. Pins, precedences and the baseline are their operation's
    matter.
    """

    code: FaultCode
    message: str
    subject_kind: SubjectKind
    subject_id: str

    @property
    def is_proof(self) -> bool:
        """Whether it proves that there is no schedule, if every other fault of the problem does, too: beside rows that cannot be
        taken at their word nothing is proven."""
        return self.code in PROOFS
