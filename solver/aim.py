"""What a turn of a tier is about: see `solver.tiers`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from solver.problem import Objective

Standing = Literal["proven", "enough", "open"]


@dataclass(frozen=True, slots=True)
class Aim:
    """How an objective is made up of `part`, which is to become smaller now, and `guard`, what was reached before.

    `guarded`: what the guard is worth to begin with; `standing`: whether that is proven to be the least, is as close to it as was
    asked for, or neither. `least`: what no schedule is below by the part. `order`: the same in tiers, by which schedules are
    compared. `is_last`: no turn follows.
    """

    part: Objective
    guard: Objective
    guarded: int
    standing: Standing
    least: int
    order: Objective
    is_last: bool

    @property
    def decides(self) -> bool:
        """Whether the turn may end for the sake of the part alone. The last one may not where the guard could still gain."""
        return self.standing != "open" or not self.is_last
