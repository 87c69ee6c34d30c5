"""Who is asking: a program with a token, or a person with a session. A token that is sent and opens nothing is not overlooked."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from runs.api.callers import Scope
from runs.api.problems import Kind, Problem
from scheduler_site.api.throttling import throttle
from scheduler_site.models import ApiToken


@dataclass(frozen=True, slots=True)
class Program:
    """Came with a token."""

    token: ApiToken

    @property
    def user(self) -> User:
        user: User = self.token.user
        return user

    def may(self, permission: str) -> bool:
        return self.user.is_superuser or permission in self.token.granted

    def holds(self, scope: Scope) -> bool:
        return scope in self.token.scopes

    def pause_seconds(self, scope: Scope) -> int:
        return throttle.pause_seconds(f"token-{self.token.pk}", scope)

    def check_origin(self) -> None:
        """A browser adds no tokens by itself."""


@dataclass(frozen=True, slots=True)
class Person:
    """Came with a session."""

    request: HttpRequest
    user: User

    def may(self, permission: str) -> bool:
        return self.user.has_perm(permission)

    def holds(self, scope: Scope) -> bool:  # noqa: ARG002 - the permissions alone decide
        return True

    def pause_seconds(self, scope: Scope) -> int:
        return throttle.pause_seconds(f"user-{self.user.pk}", scope)

    def check_origin(self) -> None:
        if _Csrf(_nothing).refuses(self.request):
            text = "A request with a session that changes something needs the header X-CSRFToken, and comes from our own pages."
            raise Problem(Kind.NOT_ALLOWED, text)


def identify(request: HttpRequest) -> Program | Person | None:
    """None: nobody. Raises Problem for a token that is of no use."""
    header = request.headers.get("Authorization")
    if header is not None:
        return Program(_token(header))
    user = request.user
    return Person(request, user) if isinstance(user, User) and user.is_active else None


def _token(header: str) -> ApiToken:
    scheme, _, secret = header.partition(" ")
    token = ApiToken.by_secret(secret.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="taktline", error="invalid_token"'}
        text = "The token is unknown, expired or revoked, or its user is switched off."
        raise Problem(Kind.NOT_AUTHENTICATED, text, headers=challenge)
    token.note_use()
    return token


class _Csrf(CsrfViewMiddleware):
    """Django's own check, asked as a question."""

    def refuses(self, request: HttpRequest) -> bool:
        request.csrf_processing_done = False  # type: ignore[attr-defined] # the outer middleware has passed it by
        self.process_request(request)
        return self.process_view(request, _nothing, (), {}) is not None

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:  # noqa: ARG002 - the answer is ours
        return HttpResponse(status=403)


def _nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()
