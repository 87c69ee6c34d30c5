"""The search for prices at which the relaxation says most."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from solver.bounds.relaxation import SCALE, Relaxation
from solver.problem import Problem

MEMORY, LONG_MEMORY = 0.8, 0.99


def climb(relaxation: Relaxation, stride: float, progress: Callable[[], float]) -> Iterator[int]:
    """Scaled bounds, each higher than the one before, the first without any prices, until `progress` is 1.

    What is short gets dearer, what is left over cheaper, in steps of about `stride` units of the objective for a tick, the
    shorter the further the progress: subgradients of the value, smoothed and evened out over resources and buckets as in
    Kingma and Ba, Adam: a method for stochastic optimization (2015). Steps after Polyak, which need to know how high the bound
    can get, climb far slower here: the best schedule is often too far off to tell.
    """
    prices = np.zeros(relaxation.capacities.shape)
    drift, spread = np.zeros_like(prices), np.zeros_like(prices)
    best: int | None = None
    steps = 0
    while best is None or progress() < 1:
        charged = np.rint(prices * SCALE).astype(np.int64)
        answer = relaxation.solve(charged)
        if best is None or answer.value > best:
            best = answer.value
            yield best
        steps += 1
        pull = np.where((charged == 0) & (answer.excess < 0), 0, answer.excess)
        drift = MEMORY * drift + (1 - MEMORY) * pull
        spread = LONG_MEMORY * spread + (1 - LONG_MEMORY) * pull.astype(np.float64) ** 2
        evened = drift / (1 - MEMORY**steps) / (np.sqrt(spread / (1 - LONG_MEMORY**steps)) + 1)
        prices = np.clip(prices + stride * max(0.0, 1 - progress()) * evened, 0, relaxation.highest_price / SCALE)


def usual_price(problem: Problem) -> float:
    """Of a tick of a machine: what it costs when all its share of the orders is completed a tick later."""
    weights = problem.objective
    tick = weights.flow_time * len(problem.orders) + weights.weighted_tardiness * sum(order.weight for order in problem.orders)
    runs = sum(min(mode.run for mode in operation.modes) for operation in problem.operations if operation.modes)
    soon = weights.late_orders * len(problem.orders) ** 2 / max(1, runs)
    return (tick + soon) / max(1, len(problem.machines))
