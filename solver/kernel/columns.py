"""Arrays of whole numbers, out of rows and out of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from solver.kernel.blocks import Array


def table_of(rows: Iterable[Sequence[int]], columns: int) -> Array:
    return column_of(chain.from_iterable(rows)).reshape(-1, columns)


def column_of(values: Iterable[int]) -> Array:
    return np.fromiter(values, dtype=np.int64)


def spans_of(owned: Iterable[Sequence[object]]) -> Array:
    """From where to where what each owns stands in a table that holds all of it, in the order of the owners."""
    sizes = column_of(map(len, owned))
    ends = np.cumsum(sizes)
    return np.stack((ends - sizes, ends), axis=1)


def table_of_columns(rows: int, columns: Mapping[int, Sequence[int] | Array]) -> Array:
    """A table by columns, each at its number; an array of several of them begins there."""
    parts = {first: part if isinstance(part, np.ndarray) else column_of(part)[:, None] for first, part in columns.items()}
    table = np.empty((rows, sum(part.shape[1] for part in parts.values())), dtype=np.int64)
    for first, part in parts.items():
        table[:, first : first + part.shape[1]] = part
    return table
