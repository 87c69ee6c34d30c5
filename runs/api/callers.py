"""Who asks, and what they may. The site says who it is (`request.caller`); each operation says what it needs."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from django.contrib.auth.models import User
from django.http import HttpRequest

from runs.api.problems import Fault, Kind, Problem, of_faults

P = ParamSpec("P")
R = TypeVar("R")


class Scope(StrEnum):
    """What a token was made for. It never gives more than its user may."""

    READ = "read"
    SUBMIT = "submit"
    CONTROL = "control"


class Caller(Protocol):
    """A person or a program that has shown who it is."""

    @property
    def user(self) -> User: ...

    def may(self, permission: str) -> bool:
        """Whether their role has the permission, as on the pages."""

    def holds(self, scope: Scope) -> bool:
        """Whether the way in which they came covers this; a session covers everything."""

    def pause_seconds(self, scope: Scope) -> int:
        """Count one request of this kind: 0, or how long to wait because there were too many."""

    def check_origin(self) -> None:
        """Raise Problem when a browser may have been tricked into sending this."""


class ApiRequest(HttpRequest):
    """A request at the API: the site has looked who sends it."""

    caller: Caller | None
    faults: list[Fault]  # of its URL and headers; those of its shapes are found later


class Needs:
    """What an operation asks of a caller: given to the router as `auth`.

    `query` are the names that it understands in the URL, `headers` finds faults in what it wants besides.
    """

    def __init__(
        self, permission: str, scope: Scope, *query: str, headers: Callable[[HttpRequest], list[Fault]] = lambda _request: []
    ) -> None:
        self.permission = permission
        self.scope = scope
        self.query = frozenset(query)
        self._headers = headers

    def __call__(self, request: HttpRequest) -> Caller:
        """The caller. Raises Problem."""
        asked = cast("ApiRequest", request)
        caller = asked.caller
        if not caller:
            challenge = {"WWW-Authenticate": 'Bearer realm="taktline"'}
            raise Problem(Kind.NOT_AUTHENTICATED, "Send a token as “Authorization: Bearer …”, or log in.", headers=challenge)
        caller.check_origin()
        if not caller.holds(self.scope):
            raise Problem(Kind.NOT_ALLOWED, f"The token lacks the scope “{self.scope}”.")
        if not caller.may(self.permission):
            raise Problem(Kind.NOT_ALLOWED, f"{caller.user.get_username()} lacks the permission “{self.permission}”.")
        if pause := caller.pause_seconds(self.scope):
            raise Problem(
                Kind.TOO_MANY_REQUESTS, f"Go on in {pause} s.", headers={"Retry-After": str(pause)}, more={"retry_after": pause}
            )
        unknown = [
            Fault("There is no such parameter.", "unknown", parameter=name) for name in asked.GET if name not in self.query
        ]
        asked.faults = [*self._headers(request), *unknown]
        return caller


def refuse_faults(
    operation: Callable[Concatenate[HttpRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R]:
    """Nothing is done for a request whose URL says something that is not understood: it may have meant a filter.

    If its shapes have faults, too, all are told together before it comes to this (`scheduler_site.api.mount`).
    """

    @wraps(operation)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if faults := getattr(request, "faults", None):
            raise of_faults(faults)
        return operation(request, *args, **kwargs)

    return guarded


def caller_of(request: HttpRequest) -> User:
    """The user behind a request that has passed its Needs."""
    caller: Any = cast("ApiRequest", request).caller
    user: User = caller.user
    return user
