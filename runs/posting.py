"""Addresses behind buttons: they change something and have no page of their own, so whoever opens one is led to its button."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

NOTHING_DONE = "Nothing was done. If you still want it, press the button once more."


def only_posted(page: str) -> Callable[[View[P]], View[P]]:
    """For a view that takes POST alone. A GET does nothing and leads to `page`, the name of an address with the same arguments.

    People come by GET when their session was over: they press the button, log in, and are sent to where the button led.
    """

    def decorate(view: View[P]) -> View[P]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.user.is_authenticated:
                messages.info(request, NOTHING_DONE)
            return redirect(page, *args, *kwargs.values())

        return guarded

    return decorate
