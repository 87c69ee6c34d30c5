"""What somebody sees who got a password wrong too often; django-axes counts, in PostgreSQL, so that it also works without Redis.

It counts by account and address together: whoever guesses at an account from elsewhere does not lock out its owner, and whoever
shares an address with a guesser is not locked out either.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

LONGEST_NAME = 150  # that Django gives an account
UNKNOWN = "0.0.0.0"  # noqa: S104 - stands for an address that is none; nothing is bound to it


def address_of(request: HttpRequest) -> str:
    """Where the request comes from. What a proxy passes on as an address need not be one, and the database takes no others."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return UNKNOWN


def name_of(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """Under which name somebody tries. No account has a longer one, and the table of tries has no room for it."""
    given = (credentials or request.POST).get("username", "")
    return given[:LONGEST_NAME]


def said_of(name: str | None, address: str | None, *_given: object) -> str:
    """Who it was, in the log: what an admin needs who lets somebody in again. Nobody writes a line of their own by a name."""
    return f"account {name!r} from {address}"


def too_often(request: HttpRequest, *_given: object) -> HttpResponse:
    """The log-in page with a sentence, in the place of whatever page asked for the password (429)."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds()) // 60
    context = {
        "form": AuthenticationForm(request, initial={"username": request.POST.get("username", "")[:150]}),
        "next": request.POST.get("next", ""),
        "too_often": f"The password was wrong {settings.AXES_FAILURE_LIMIT} times. For {minutes} minutes nobody can log in to "
        "this account from your address. If you have forgotten the password, ask an admin.",
    }
    answer = render(request, "registration/login.html", context, status=429)
    answer["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME.total_seconds()))
    return answer
