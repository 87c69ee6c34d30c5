"""What processes write while they work, read from a process of its own: logging is set up once for each."""

import json
import subprocess
import sys

from scheduler_site.env import REPOSITORY

SCRIPT = """
import logging, structlog
from scheduler_site.logs import configure, logging_configuration
configure(logging_configuration({log_format!r}, "INFO"))
logging.getLogger("celery.app.trace").info("Task runs.tick succeeded")
logging.getLogger("celery.app.trace").error("Task runs.tick raised")
structlog.get_logger("runs.execution").info("attempt begins", run=7, attempt=1)
try:
    raise PermissionError
except PermissionError as error:
    refusal = {{"exc_info": error, "extra": {{"status_code": 403}}}}
    logging.getLogger("django.request").warning("Forbidden (Permission denied): %s", "/runs/new/", **refusal)
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("django.request").exception("Internal Server Error: %s", "/runs/")
"""


def written(log_format: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(log_format=log_format)], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return done.stderr.splitlines()


def test_machines_get_one_json_object_for_each_thing_that_happened() -> None:
    trace, attempt, refused, error = (json.loads(line) for line in written("json"))
    assert (trace["event"], trace["level"]) == ("Task runs.tick raised", "error")
    assert {
        "event": "attempt begins",
        "run": 7,
        "attempt": 1,
        "logger": "runs.execution",
        "level": "info",
    }.items() <= attempt.items()
    assert (refused["event"], refused["level"]) == ("Forbidden (Permission denied): /runs/new/", "warning")
    assert "exception" not in refused
    assert error["event"] == "Internal Server Error: /runs/"
    assert error["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert all(line["timestamp"].endswith("Z") for line in (trace, attempt, refused, error))


def test_people_read_the_same_as_text_and_no_routine() -> None:
    lines = written("console")
    assert "Task runs.tick raised" in lines[0]
    assert "attempt begins" in lines[1]
    assert "run=7" in lines[1]
    assert "Permission denied" in lines[2]
    assert "Internal Server Error" in lines[3], "a refusal is one line"
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert not any("succeeded" in line for line in lines)
