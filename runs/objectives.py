"""What a run makes small, and in which order, in a planner's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from solver.problem import Objective, Problem
from solver.wording import listed

Unit = Literal["hours", "moment", "number"]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that counts. `unit`: how the page tells its amount; `weight`: what one tick or piece of it costs."""

    key: str
    words: str
    unit: Unit
    weight: int


WORDS: dict[str, tuple[str, Unit]] = {
    "weighted_tardiness": ("weighted tardiness", "hours"),
    "late_orders": ("late orders", "number"),
    "makespan": ("end of all work", "moment"),
    "setup": ("setup", "hours"),
    "mode_cost": ("machine costs", "number"),
    "flow_time": ("time in the plant", "hours"),
    "churn": ("moved operations", "number"),
}


def tiers(problem: Problem) -> list[list[Term]]:
    """What comes first, what then, and so on; empty where everything is added up."""
    weights = problem.objective.weights
    return [[Term(key, *WORDS[key], weights[key]) for key in tier] for tier in problem.objective.tiers]


def order_in_words(objective: Objective) -> str:
    """“First weighted tardiness, then setup and machine costs”; empty where everything is added up."""
    told = [listed([WORDS[key][0] for key in tier]) for tier in objective.tiers]
    return f"First {', then '.join(told)}" if told else ""
