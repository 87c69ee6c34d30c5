"""Faults of what counts as good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from solver.faults.fault import Fault
from solver.problem import TERMS, Objective


def objective_faults(objective: Objective) -> Iterator[Fault]:
    """Weights below 0, and tiers that do not have every term with a weight in exactly one of them."""
    for term in (term for term, weight in objective.weights.items() if weight < 0):
        yield Fault("bad_number", f"The objective's weight of “{_said(term)}” must not be negative.", "problem", "")
    if objective.tiers:
        for message in _tier_faults(objective):
            yield Fault("bad_tiers", message, "problem", "")


def _tier_faults(objective: Objective) -> Iterator[str]:
    for number in (number for number, tier in enumerate(objective.tiers, 1) if not tier):
        yield f"Tier {number} of the objective names no term. Name one in it, or leave the tier out."
    places = Counter(term for tier in objective.tiers for term in tier)
    for term, count in places.items():
        if count > 1:
            yield f"The objective's tiers name “{_said(term)}” {count} times. Leave it in one place."
    weights, known = objective.weights, ", ".join(map(_said, TERMS))
    for term in (*places, *(term for term in TERMS if term not in places)):
        if term not in weights:
            yield f"The objective's tiers name “{_said(term)}”, which is no term. The terms are {known}."
        elif term in places and not weights[term]:
            yield f"The objective's tiers name “{_said(term)}”, which has no weight. Give it one, or take it out of the tiers."
        elif term not in places and weights[term]:
            yield f"“{_said(term)}” has a weight, but is in none of the objective's tiers. Put it into one, or drop its weight."


def _said(term: str) -> str:
    return term.replace("_", " ")
