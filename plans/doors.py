"""What guards and answers the addresses that scripts read: no redirect to a login page, but a status they understand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags

P = ParamSpec("P")


def requires(
    permission: str,
) -> Callable[[Callable[Concatenate[HttpRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """401 for people who are not logged in, 403 for those who may not."""

    def guard(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return JsonResponse({"error": "Log in first."}, status=401)
            if not request.user.has_perm(permission):
                return JsonResponse({"error": "You may not see this."}, status=403)
            return view(request, *args, **kwargs)

        return guarded

    return guard


def has_already(request: HttpRequest, etag: str) -> bool:
    """Whether the browser says that it keeps this version. `etag` without quotes."""
    kept = parse_etags(request.headers.get("If-None-Match", ""))
    return kept == ["*"] or f'"{etag}"' in kept or f'W/"{etag}"' in kept


def answer(request: HttpRequest, body: bytes, content_type: str, etag: str) -> HttpResponse:
    """The body, or 304 when the browser has it. Kept by the browser alone, and asked for again each time."""
    response = HttpResponseNotModified() if has_already(request, etag) else HttpResponse(body, content_type=content_type)
    response["ETag"] = f'"{etag}"'
    patch_cache_control(response, private=True, no_cache=True)
    return response


def json_answer(request: HttpRequest, content: object) -> HttpResponse:
    """JSON whose version is its own content."""
    body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    return answer(request, body, "application/json", digest(body))


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]
