"""What every hypothesis strategy here is written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]


def some(draw: Draw, *, of: int) -> bool:
    """True once in `of` times."""
    return bool(draw(st.integers(1, of)) == of)
