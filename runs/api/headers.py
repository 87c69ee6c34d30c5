"""What goes along with bodies: how the OpenAPI document tells of it, and what is wrong with the key of a request."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest

from runs.api.problems import Fault, Kind

KEY = "Idempotency-Key"
SANE_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def _said(name: str, text: str, kind: str = "string") -> dict[str, Any]:
    """A header of an answer."""
    return {name: {"description": text, "schema": {"type": kind}}}


def _asked(name: str, text: str, *, required: bool = False, **schema: object) -> dict[str, Any]:
    """A header of a request."""
    return {"in": "header", "name": name, "required": required, "description": text, "schema": {"type": "string", **schema}}


def _key(*, required: bool) -> dict[str, Any]:
    text = "Drawn by you, such as a UUID. The same request with the same key is done once, for two days."
    return _asked(KEY, text, required=required, minLength=1, maxLength=200, pattern="^[!-~]+$")


ETAG = _said("ETag", "The version of what is told; a weak one.")
LOCATION = _said("Location", "Address of the run.")
REPLAY = _said("Idempotent-Replay", "“true” when this is the first answer again.")
RETRY_AFTER = _said("Retry-After", "Seconds to wait.", "integer")
CHALLENGE = _said("WWW-Authenticate", "How to come in.")
OF_PROBLEMS = {401: CHALLENGE, 409: RETRY_AFTER, 412: ETAG, 429: RETRY_AFTER, 503: RETRY_AFTER}

ACCEPTED = {202: {"headers": LOCATION | RETRY_AFTER | REPLAY}, 200: {"headers": LOCATION | REPLAY}}
NEEDS_KEY = {"parameters": [_key(required=True)], "responses": ACCEPTED}
TAKES_KEY = {"parameters": [_key(required=False)], "responses": ACCEPTED}
IF_SEEN = {"parameters": [_asked("If-Match", "The ETag of the run as you saw it: 412 if it is another one by now.")]}
VERSIONED = {
    "parameters": [_asked("If-None-Match", "The ETag of what you have: 304 if nothing has happened since.")],
    "responses": {200: {"headers": ETAG}, 304: {"description": "You have it already", "headers": ETAG}},
}


def faults_of_key(request: HttpRequest) -> list[Fault]:
    """Where a key is needed: without it, a request that is sent again would be done again."""
    if not request.headers.get(KEY):
        text = "Draw one, such as a UUID, and send it again with the same request."
        return [Fault(text, "missing", header=KEY, alone=Kind.KEY_MISSING)]
    return faults_of_given_key(request)


def faults_of_given_key(request: HttpRequest) -> list[Fault]:
    """Where one may be left out."""
    key = request.headers.get(KEY)
    if not key or SANE_KEY.fullmatch(key):
        return []
    return [Fault("1 to 200 printable ASCII signs without spaces.", "format", header=KEY, alone=Kind.BAD_REQUEST)]
