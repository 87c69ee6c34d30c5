"""Errors of a page and of a task arrive at Sentry, with what they are about and without secrets."""

from __future__ import annotations

import gzip
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from scheduler_site import env
from scheduler_site.env import REPOSITORY

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 60.0


class Ingest:
    """What a project of Sentry receives: envelopes, of which the events are kept."""

    def __init__(self) -> None:
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        ingest = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ingest.take(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.dsn = f"http://publickey@127.0.0.1:{self.server.server_port}/1"

    def take(self, envelope: bytes) -> None:
        _header, *lines = envelope.split(b"\n")
        for head, payload in zip(lines[::2], lines[1::2], strict=False):
            if head and json.loads(head).get("type") == "event":
                self.events.put(json.loads(payload))

    def next(self) -> dict[str, Any]:
        return self.events.get(timeout=PATIENCE_SECONDS)


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    there = Ingest()
    thread = threading.Thread(target=there.server.serve_forever)
    thread.start()
    yield there
    there.server.shutdown()
    there.server.server_close()
    thread.join()


@contextmanager
def failing(what: str, dsn: str) -> Iterator[subprocess.Popen[str]]:
    database = urlsplit(env.current().database_url)._replace(path=f"/{connection.settings_dict['NAME']}")
    variables = env.inherited() | {
        "DATABASE_URL": urlunsplit(database),
        "SENTRY_DSN": dsn,
        "TAKTLINE_RELEASE": "taktline 47.11",
        "TAKTLINE_LOG": "json",
        "TAKTLINE_LOG_LEVEL": "INFO",
        "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.operations.failing_site", what],
        cwd=REPOSITORY, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def exception(event: dict[str, Any]) -> tuple[str, str]:
    last = event["exception"]["values"][-1]
    return last["type"], last["value"]


def test_an_error_of_a_page(ingest: Ingest) -> None:
    with failing("view", ingest.dsn) as process:
        event = ingest.next()
        process.wait(PATIENCE_SECONDS)
    assert exception(event) == ("Failed", "a page")
    assert (event["release"], event["environment"]) == ("taktline 47.11", "development")
    assert event["tags"]["request_id"] == "request-4711"
    assert "hush-hush" not in json.dumps(event)
    assert "user" not in event or not event["user"].get("ip_address")
    assert ingest.events.empty(), "one error, one report"


def test_an_error_of_a_task_says_which_run_it_was_and_so_does_each_line_of_the_log(ingest: Ingest) -> None:
    with failing("worker", ingest.dsn) as process:
        of_run, of_task = ingest.next(), ingest.next()
        process.terminate()
        written, _nothing = process.communicate(timeout=PATIENCE_SECONDS)
    assert exception(of_run) == ("Failed", "a task for postgresql://somebody:***@host/name")
    assert of_run["logentry"]["message"] == "could not go on"
    assert {"run": "7", "attempt": "2", "task": "tests.fail"}.items() <= of_run["tags"].items()
    assert exception(of_task) == ("Failed", "the task ended")
    assert of_task["tags"]["task_id"] == of_run["tags"]["task_id"]
    assert {"run": "7", "attempt": "2"}.items() <= of_task["tags"].items()
    assert "hush-hush" not in json.dumps([of_run, of_task]) + written

    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    (worked_on,) = [line for line in lines if line["event"] == "worked on"]
    assert worked_on["database"] == "postgresql://somebody:***@host/name"
    assert worked_on["password"] == "***"
    about = {"run": 7, "attempt": 2, "task": "tests.fail", "task_id": of_run["tags"]["task_id"]}
    assert about.items() <= worked_on.items()
    (raised,) = [line for line in lines if line["logger"] == "celery.app.trace" and line["level"] == "error"]
    assert about.items() <= raised.items(), "Celery's own line, too, though the task is over"
    assert "locals" not in json.dumps(raised)


def test_without_an_address_nothing_of_it_is_loaded() -> None:
    script = "import sys, scheduler_site.asgi, scheduler_site.celery; print('sentry_sdk' in sys.modules)"
    variables = env.inherited() | {"SENTRY_DSN": "", "DJANGO_SETTINGS_MODULE": "scheduler_site.settings"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
