"""What a search may spend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` of wall clock, CP-SAT and local search `threads`, random `seed`, resident `memory_mb`, and the
    relative `gap` (0.02 = 2 %) at which a schedule is good enough."""

    seconds: float = 60.0
    threads: int = 2
    seed: int = 1
    memory_mb: int = 2048
    gap: float = 0.0
