"""What a child that has no question yet does with its time: it loads what every search needs, and uses none of it up."""

from __future__ import annotations

from collections.abc import Callable


def warm_up(is_asked: Callable[[], bool]) -> bool:
    """Load step by step, in the order in which a search does, until there is a question; whether all of it is there.

    Nothing random is drawn and nothing is kept: the answer will be the one that a fresh child would give.
    """
    for load in (_load_kernel, _load_cp_sat):
        if is_asked():
            return False
        load()
    return not is_asked()


def _load_kernel() -> None:
    """The search, and the kernel's machine code, which decodes two operations. Raises RuntimeError when it does not work."""
    import solver.search  # noqa: F401, PLC0415 - for its loading
    from solver.decode import decode  # noqa: PLC0415 - as above
    from solver.kernel.__main__ import small_problem  # noqa: PLC0415 - as above

    if decode(small_problem(), ["a", "b"]) is None:
        raise RuntimeError("The kernel does not work.")


def _load_cp_sat() -> None:
    import solver.portfolio  # noqa: F401, PLC0415 - for its loading, which takes more than half a second
