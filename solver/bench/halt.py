"""How soon a search ends when its time is up or somebody stops it: `python -m solver bench halt`.

Stops come at random instants, most of them early: while the question is checked, tables are made and the first plan is found.
What counts is when the search says Finished; what still computes then may take longer to notice.
"""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import NamedTuple

from solver.bench.plants import EVERYTHING, plant
from solver.events import Event, Finished
from solver.instances.shopfloor import Shop
from solver.limits import Limits
from solver.problem import Problem
from solver.search import search

WARM_UP = 60
LIMIT_SECONDS = 1.0, 4.0
SHARES = 0.5, 0.95, 1.0


class Case(NamedTuple):
    """Searches of one problem: so many to their limit, so many stopped, each within so many seconds of its beginning."""

    name: str
    make: Callable[[], Problem]
    limited: int
    stopped: int
    seconds: float


class Halts(NamedTuple):
    """`overshoots`: seconds from the limit to Finished; `stops`: from the stop to Finished. Searches that had ended before do
    not count."""

    name: str
    overshoots: Sequence[float]
    stops: Sequence[float]


CASES = (
    Case("300, everything", lambda: plant(300, EVERYTHING), 4, 12, 2.0),
    Case("2,000, everything", lambda: plant(2_000, EVERYTHING), 4, 10, 4.0),
    Case("10,000, everything", lambda: plant(10_000, EVERYTHING), 4, 10, 8.0),
    Case("500, plain shop", lambda: plain_shop(50, 10), 4, 12, 2.0),
)


def plain_shop(orders: int, machines: int, seed: int = 1) -> Problem:
    """A flexible shop in which each order needs as many operations as there are machines, each on one of two."""
    dice = random.Random(seed)  # noqa: S311 - a benchmark, not a secret
    routes = [
        [tuple((machine, dice.randint(10, 99)) for machine in dice.sample(range(machines), 2)) for _ in range(machines)]
        for _ in range(orders)
    ]
    return Shop(f"Plain shop of {orders} orders", machines, routes).problem()


def halts(case: Case, threads: int, seed: int) -> Halts:
    """Every search of a case, one after another."""
    problem, dice = case.make(), random.Random(seed)  # noqa: S311 - as above
    limits = [Limits(seconds, threads, seed) for seconds in spread(dice, case.limited, LIMIT_SECONDS)]
    endless = Limits(10 * case.seconds, threads, seed)
    stops = [case.seconds * share * share for share in spread(dice, case.stopped, (0.0, 1.0))]
    return Halts(
        case.name,
        [late for each in limits if (late := _lateness(problem, each)) is not None],
        [late for instant in stops if (late := _lateness(problem, endless, instant)) is not None],
    )


def all_halts(threads: int, seed: int, cases: Sequence[Case] = CASES) -> Iterator[Halts]:
    """Case after case, once all that is loaded only once has been."""
    search(plant(WARM_UP, EVERYTHING), Limits(1.0, threads, seed), lambda _event: None, threading.Event())
    for case in cases:
        yield halts(case, threads, seed)


def spread(dice: random.Random, count: int, between: tuple[float, float]) -> list[float]:
    """Random numbers, one in each of as many equal parts of what lies between two."""
    first, last = between
    return [first + (last - first) * (number + dice.random()) / count for number in range(count)]


def table(measured: Sequence[Halts]) -> str:
    """One line for each case, in Markdown."""
    head = ["operations", "limits", *(f"late {name} s" for name in ("p50", "p95", "max"))]
    head += ["stops", *(f"stop {name} ms" for name in ("p50", "p95", "max"))]
    lines = ["| " + " | ".join(head) + " |", "| --- | " + " | ".join(["---:"] * (len(head) - 1)) + " |"]
    for each in measured:
        cells = [each.name, str(len(each.overshoots)), *(f"{percentile(each.overshoots, share):.2f}" for share in SHARES)]
        cells += [str(len(each.stops)), *(f"{1000 * percentile(each.stops, share):.0f}" for share in SHARES)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed (nearest rank); NaN of none."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan


def _lateness(problem: Problem, limits: Limits, stop_after: float | None = None) -> float | None:
    """Seconds from the stop, or from the limit without one, to Finished; None when the search had ended before."""
    stop, ends, asked = threading.Event(), list[float](), list[float]()

    def hear(event: Event) -> None:
        if isinstance(event, Finished):
            ends.append(monotonic())

    def ask() -> None:
        asked.append(monotonic())
        stop.set()

    timer = threading.Timer(limits.seconds if stop_after is None else stop_after, ask)
    due = monotonic() + limits.seconds
    if stop_after is not None:
        timer.start()
    search(problem, limits, hear, stop)
    timer.cancel()
    late = ends[0] - (asked[0] if asked else due)
    return late if asked or late > 0 else None
