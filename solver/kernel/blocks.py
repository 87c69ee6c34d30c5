"""Tables that compiled code reaches through one pointer.

Compiled functions hand their arguments on by value: a dozen arrays are a hundred numbers in each call, and minutes for the
compiler. A *block* is a row of addresses instead, and what stands behind them is named by its layout:

    a number      block.horizon
    a list        block.member[row]
    a table       block.operation[row, COLUMN]
    blocks        block.states[place], other blocks of one kind

All else is int64. Nothing is checked: neither bounds nor whether the arrays are still there, which is why a Block holds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NUMBER, LIST, ANY_WIDTH = -2, -1, 0
"""Kinds of fields; from 1 on, a table of so many columns; or the layout of the blocks that are in it."""

Array = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """What is in a block, in order. In a constant one nothing ever changes, which the compiler makes use of."""

    name: str
    fields: tuple[tuple[str, int | Layout], ...]
    is_constant: bool = False

    def place(self, field: str) -> int:
        """Where in the row of addresses a field has its two words: address and width."""
        return 2 * [name for name, _ in self.fields].index(field)


class Block:
    """The arrays of one block, and in `address` what compiled code is given of them."""

    def __init__(self, layout: Layout, values: Mapping[str, Array | int | Sequence[Block]]) -> None:
        self.address: int
        self._values = dict(values)
        self._kept: list[Array] = []
        self._head = np.zeros(2 * len(layout.fields), dtype=np.int64)
        for number, (name, field) in enumerate(layout.fields):
            value = values[name]
            if isinstance(value, int):
                self._head[2 * number] = value
                continue
            array = value if isinstance(value, np.ndarray) else np.array([block.address for block in value], dtype=np.int64)
            width = field if isinstance(field, int) else LIST
            if array.dtype != np.int64 or not array.flags.c_contiguous or (width > 0 and array.shape[1] != width):
                raise ValueError(f"{name} does not fit its layout: {array.dtype}, {array.shape}.")
            self._kept.append(array)
            self._head[2 * number : 2 * number + 2] = array.ctypes.data, array.shape[-1]
        self.address = self._head.ctypes.data

    def arrays(self) -> list[Array]:
        """All that are in it."""
        return self._kept

    def __getattr__(self, name: str) -> Any:
        """What is in it by its name. Numbers cannot change."""
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(name) from None
