"""How soon there is a first plan, step by step: `python -m solver bench first`.

Each step is taken once, as it is by a search: a second decoding would know already which maximum lags bind. Each plant has a
process of its own.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from solver.bench.alone import alone
from solver.bench.memory import peak_mb
from solver.bench.plants import EVERYTHING, FEATURES, plant
from solver.decode import Decoder
from solver.diagnose import makes_sense
from solver.dispatch import Priorities, positions
from solver.problem import Problem
from solver.verify import Verifier

SIZES = (300, 10_000, 100_000)
WARM_UP = 60

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class First:
    """The seconds of each step, and the most memory that its process held. `arrays`: the tables of the decoder and of the
    verifier; `decoded`: the first list of a rule that is legal, its priorities included."""

    plant: str
    checked: float
    arrays: float
    decoded: float
    written: float
    verified: float
    peak_mb: float | None

    @property
    def planned(self) -> float:
        """What a planner waits for once the tables are ready: a plan that is shown is written out, and verified."""
        return self.decoded + self.written + self.verified


def first(problem: Problem, name: str) -> First:
    """Raises ValueError when the problem makes no sense, or no rule leads to a legal schedule."""
    checked, is_sound = _timed(lambda: makes_sense(problem))
    if not is_sound:
        raise ValueError(f"{name} has faults.")
    arrays, (decoder, verifier) = _timed(lambda: (Decoder(problem), Verifier(problem)))
    decoded, is_legal = _timed(lambda: _decode(decoder))
    if not is_legal:
        raise ValueError(f"No rule leads to a schedule of {name}.")
    written, schedule = _timed(decoder.schedule)
    verified, violations = _timed(lambda: verifier.verify(schedule))
    if violations:
        raise ValueError(f"The first plan of {name} breaks a rule: {violations[0].message}")
    return First(name, checked, arrays, decoded, written, verified, peak_mb())


def firsts(sizes: Iterable[int] = SIZES) -> list[First]:
    """Plants with what most have, and with everything that there is."""
    kinds = {"+ lags and limits": FEATURES, "+ all else": EVERYTHING}
    return [alone(_of_plant, size, features, f"{size:,}, {kind}") for size in sizes for kind, features in kinds.items()]


def _of_plant(size: int, features: Collection[str], name: str) -> First:
    first(plant(WARM_UP, EVERYTHING), "what is loaded only once")
    return first(plant(size, features), name)


def table(cases: Iterable[First]) -> str:
    """One line for each plant, in Markdown."""
    head = ["operations", "checked s", "to arrays s", "first legal list s", "written out s", "verified s"]
    head += ["list, written and verified s", "peak MB"]
    lines = ["| " + " | ".join(head) + " |", "| --- | " + " | ".join(["---:"] * (len(head) - 1)) + " |"]
    for case in cases:
        seconds = (case.checked, case.arrays, case.decoded, case.written, case.verified, case.planned)
        peak = "–" if case.peak_mb is None else f"{case.peak_mb:.0f}"
        lines.append(f"| {case.plant} | " + " | ".join(f"{each:.3f}" for each in seconds) + f" | {peak} |")
    return "\n".join(lines) + "\n"


def _decode(decoder: Decoder) -> bool:
    rules = Priorities(decoder).rules().values()
    return any(decoder.run(positions(key), {}) for key in rules)


def _timed(step: Callable[[], Made]) -> tuple[float, Made]:
    """How long it took, and what it made. Rubbish of others is not collected meanwhile."""
    gc.collect()
    gc.disable()
    try:
        began = perf_counter()
        made = step()
        return perf_counter() - began, made
    finally:
        gc.enable()
