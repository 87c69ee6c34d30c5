"""What a solver process is called in `ps` and `top`, and which of the two kinds it is: one that waits or one that searches."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

SPARE = "taktline-spare"  # waits for a question; a name has fifteen characters at most
SOLVE = "taktline-solve"  # has read one


def name_process(name: str) -> None:
    """Call this process so where the system lets us (Linux)."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name, encoding="ascii")
