"""What a line of the log is about. It goes with exceptions, too: Celery and Sentry tell of them when the context has gone."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

from structlog.contextvars import bound_contextvars

PLACE = "taktline_about"  # in an exception's own dictionary, which is pickled with it


class About:
    """Lines that are written within say these names, and so does whoever logs an exception that comes out of it."""

    def __init__(self, **names: object) -> None:
        self._names = names
        self._bound = bound_contextvars(**names)

    def __enter__(self) -> None:
        self._bound.__enter__()

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> None:
        self._bound.__exit__(None, None, None)
        if error is not None:
            tell(error, **self._names)


def tell(error: BaseException, **names: object) -> None:
    """Let the exception say what it is about."""
    vars(error)[PLACE] = {**told(error), **names}


def told(error: BaseException | None) -> Mapping[str, object]:
    """What the exception is about, as far as it was told."""
    names: Mapping[str, object] = getattr(error, PLACE, {})
    return names
