"""A measurement in a process of its own, so that the memory it takes is its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Made = TypeVar("Made")


def alone(measured: Callable[Asked, Made], *arguments: Asked.args, **named: Asked.kwargs) -> Made:
    """What it returns, or raises, in a fresh interpreter."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - a search from the command line shall not wait for these
    from multiprocessing import get_context  # noqa: PLC0415 - as above

    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        return processes.submit(measured, *arguments, **named).result()
