"""A page and a task that fail, run as processes of their own: error reports are set up once for each process.

failing_site.py view      asks the page for an answer and ends
failing_site.py worker    a real Celery worker, which is sent the task when it is ready
"""

from __future__ import annotations

import sys
from typing import Any

import django
import structlog
from celery.signals import worker_ready
from django.http import HttpRequest, HttpResponse

from runs.about import About
from scheduler_site.celery import app

log = structlog.get_logger("runs.test")

SECRET = "-".join(["hush"] * 2)  # reports quote the lines of the program: they must not hold it
ADDRESS = f"postgresql://somebody:{SECRET}@host/name"


class Failed(Exception):
    """What is looked for in the reports."""


@app.task(name="tests.fail")  # type: ignore[untyped-decorator] # Celery has no types
def fail(run: int) -> None:
    with About(run=run, attempt=2):
        log.info("worked on", database=ADDRESS, password=SECRET)
        log.error("could not go on", exc_info=Failed(f"a task for {ADDRESS}"))
        raise Failed("the task ended")


@worker_ready.connect  # type: ignore[untyped-decorator] # Celery has no types
def send(**_signal: Any) -> None:
    app.send_task("tests.fail", args=[7], queue="low")


def fail_view() -> None:
    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.urls import path

    def view(_request: HttpRequest) -> HttpResponse:
        raise Failed("a page")

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.MIDDLEWARE = ["scheduler_site.request_id.RequestId"]
    settings.ROOT_URLCONF = (path("fail", view),)
    Client(raise_request_exception=False).post("/fail", {"card": SECRET}, headers={"X-Request-ID": "request-4711"})

    import sentry_sdk

    sentry_sdk.flush(timeout=10)


if __name__ == "__main__":
    if sys.argv[1] == "view":
        fail_view()
    else:
        app.worker_main(["--quiet", "worker", "--queues=low", "--hostname=fail@%h", "--concurrency=1", "--loglevel=INFO"])
