"""A small server for the test page: our static files, the page, scenes and frames by name."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.browser.gantt import scenes, tiny

HERE = Path(__file__).parent
STATIC = HERE.parents[2] / "static"
SIZES = {"factory": scenes.FACTORY, "small": scenes.SMALL, "large": scenes.LARGE}
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}


# Midnights of days on which the clocks are changed, and of an ordinary one.
WORKSHOPS = {
    "workshop": datetime(2026, 11, 23, tzinfo=tiny.ZONE),
    "autumn": datetime(2026, 10, 25, tzinfo=tiny.ZONE),
    "spring": datetime(2026, 3, 29, tzinfo=tiny.ZONE),
}


@lru_cache
def scene(name: str) -> dict[str, Any]:
    """A scene by name: a factory of some size, a workshop, or one of whose machines two rest from tick 0 to 1,500."""
    if name == "rest":
        return tiny.resting(tiny.scene(WORKSHOPS["workshop"]), until=1500)
    return tiny.scene(WORKSHOPS[name]) if name in WORKSHOPS else scenes.scene(SIZES[name])


@lru_cache
def frame(name: str, seed: int) -> bytes:
    """The bytes of one of its plans; the seed is its number too."""
    plan = tiny.plan(seed) if name in {*WORKSHOPS, "rest"} else scenes.plan(scene(name), seed)
    return plan.encode(seq=seed)


def _answer(path: str) -> tuple[bytes, str]:
    parts = path.split("?", maxsplit=1)[0].strip("/").split("/")
    if parts[0] == "scene":
        return json.dumps(scene(parts[1].removesuffix(".json"))).encode(), TYPES[".json"]
    if parts[0] == "frame":
        return frame(parts[1], int(parts[2])), "application/octet-stream"
    file = STATIC.joinpath(*parts[1:]) if parts[0] == "static" else HERE / (parts[0] or "page.html")
    return file.read_bytes(), TYPES[file.suffix]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        try:
            body, content_type = _answer(self.path)
        except (FileNotFoundError, KeyError, IsADirectoryError):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is BaseHTTPRequestHandler's
        """Says nothing: the tests' own output is enough."""


@contextmanager
def serving() -> Iterator[str]:
    """Yields the address of the running server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
