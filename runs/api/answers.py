"""How things are answered: JSON with a version, 304 for who has it already, 412 for who would change what they have not seen.

The version of a run changes when something happened to it. What only passes with time, such as `elapsed_seconds` and `eta`, does
not change it, so versions are weak ETags; If-Match compares them all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from runs.api.problems import Kind, Problem


def version(*parts: object) -> str:
    """A short name for a state that these values make out."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def is_known(request: HttpRequest, tag: str) -> bool:
    """Whether the client has this version. Ask before doing the work."""
    return _names(request.headers.get("If-None-Match", ""), tag)


def check_unchanged(request: HttpRequest, tag: str) -> None:
    """Raise Problem when the client has seen another version than this one."""
    seen = request.headers.get("If-Match", "")
    if seen and not any(_own(each) in {"*", _own(tag)} for each in parse_etags(seen)):
        raise Problem(Kind.PRECONDITION_FAILED, "Read it again; its ETag is another one by now.", headers={"ETag": f'W/"{tag}"'})


def not_modified(tag: str) -> HttpResponse:
    return _versioned(HttpResponseNotModified(), tag)


def answer(content: object, tag: str | None = None, status: int = 200) -> HttpResponse:
    """JSON. Kept by the client alone, and asked for again each time."""
    response = answer_text(as_text(content), status)
    return response if tag is None else _versioned(response, tag)


def as_text(content: object) -> str:
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def answer_text(text: str, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """JSON that is written already, and not kept by anybody."""
    response = HttpResponse(text.encode(), content_type="application/json", status=status, headers=headers)
    response["Cache-Control"] = "no-store"
    return response


def no_error(response: HttpResponse) -> HttpResponse:
    """The same answer, whose status tells how something else is: Django is not to log it as an error each time somebody asks."""
    response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - Django's own mark, of django.utils.log
    return response


def _versioned(response: HttpResponse, tag: str) -> HttpResponse:
    response["ETag"] = f'W/"{tag}"'
    response["Cache-Control"] = "private, no-cache"
    return response


def _own(tag: str) -> str:
    """Without what time has added to the version."""
    return tag.removeprefix("W/").strip('"').partition(".")[0]


def _names(header: str, tag: str) -> bool:
    tags: Iterable[str] = parse_etags(header)
    return any(each == "*" or each.removeprefix("W/") == f'"{tag}"' for each in tags)
