"""Who can fill which place in a crew, and when."""

from __future__ import annotations

from solver.calendars import Windows, normalise
from solver.problem import Crew, Operator

ALWAYS = (-(2**40), 2**40)
"""An interval that is longer than any plan: some two million years of minutes."""


def qualified_windows(operator: Operator, crew: Crew) -> Windows:
    """When the person holds the skill at the level asked for, on shift or not. An engagement must lie in one of them."""
    return normalise(
        (
            ALWAYS[0] if held.valid_from is None else held.valid_from,
            ALWAYS[1] if held.valid_until is None else held.valid_until,
        )
        for held in operator.skills
        if held.skill == crew.skill and held.level >= crew.level
    )
