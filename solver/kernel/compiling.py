"""How the kernel is compiled: by numba, to machine code that `loading` finds afterwards without numba.

    @compiled    a function; whoever calls it compiles it again into itself
    @unit        a big one, or one that many call: compiled by itself, called by its address
    @entry       one that Python calls

What a unit or an entry takes and answers is what its annotations say: blocks and rows by the names of `tables`, float, and int64
for anything else. What is only `compiled` takes what it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import llvmlite.binding
import numba
from numba import cfunc, njit, types

from solver.kernel.numba_types import BlockType, RowType
from solver.kernel.tables import PATH, PLANT, POPULATION, PROJECT, SCRATCH, SEARCH, STATE

KINDS = {
    "Plant": BlockType(PLANT),
    "State": BlockType(STATE),
    "Scratch": BlockType(SCRATCH),
    "Search": BlockType(SEARCH),
    "Path": BlockType(PATH),
    "Project": BlockType(PROJECT),
    "Population": BlockType(POPULATION),
    "Row": RowType(is_constant=False),
    "float": types.float64,
    "None": types.void,
}
OPTIONS = {"error_model": "numpy"}

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


class Part(NamedTuple):
    """A unit or an entry: its machine code, the symbol in it, and the annotations of its parameters and its answer."""

    name: str
    symbol: str
    takes: tuple[str, ...]
    code: bytes


parts: list[Part] = []
"""In an order in which they can be loaded: each after those that it calls."""


def compiled(function: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    """A function of the kernel. Constants that it is given are numbers like others: one copy serves all."""
    if numba.config.DISABLE_JIT:
        return function
    dispatcher = njit(**OPTIONS)(function)
    for_these = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, kws: for_these(tuple(map(types.unliteral, args)), kws)
    return cast("Callable[Parameters, Answer]", dispatcher)


def unit(function: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    """A part of the kernel that is compiled by itself, so that its callers stay small. Only compiled functions can call it."""
    if numba.config.DISABLE_JIT:
        return function
    takes = function.__annotations__
    kinds = [KINDS.get(kind, types.int64) for kind in takes.values()]
    signature = kinds[-1](*kinds[:-1])
    made: Any = cfunc(signature, nopython=True, **OPTIONS)(function)
    code = made._library._get_compiled_object()  # noqa: SLF001 - what numba keeps in its own cache
    parts.append(Part(function.__name__, made._wrapper_name, tuple(takes.values()), code))  # noqa: SLF001 - as above
    llvmlite.binding.add_symbol(symbol_of(function.__name__), made.address)
    _made.append(made)
    return cast("Callable[Parameters, Answer]", types.ExternalFunction(symbol_of(function.__name__), signature))


entry = unit

_made: list[Any] = []
"""What the addresses belong to."""


def symbol_of(name: str) -> str:
    """By which parts call each other."""
    return f"taktline_{name}"
