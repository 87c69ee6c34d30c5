"""What a search may spend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` of wall clock, CP-SAT and local search `threads`, random `seed`, resident `memory_mb`, and the
    relative `gap` (0.02 = 2 %) at which a schedule is good enough.

    `iterations`: so many steps of one thread's local search in place of the clock, for each tier of the objective. The same
    problem, seed, gap and iterations then give the same schedule, whatever the machine does and however many `threads` it may
    use. `seconds` is the most that they may take: when the time ends first, or somebody stops it, the schedule may differ.
    """

    seconds: float = 60.0
    threads: int = 2
    seed: int = 1
    memory_mb: int = 2048
    gap: float = 0.0
    iterations: int | None = None
