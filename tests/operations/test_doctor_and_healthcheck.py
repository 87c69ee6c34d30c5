"""What people and cron are told at the command line, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from runs.health import Broken, Check, Health, Status
from scheduler_site import env
from scheduler_site.datafolder import Servers
from scheduler_site.env import REPOSITORY

pytestmark = pytest.mark.django_db

NOWHERE = "127.0.0.1:9"


def told(command: str, *options: str) -> tuple[str, int]:
    """What a command prints, and its exit code."""
    said, code = StringIO(), 0
    try:
        call_command(command, *options, stdout=said, no_color=True)
    except SystemExit as end:
        code = int(end.code or 0)
    return said.getvalue(), code


def attention() -> tuple[set[str], int]:
    """The subjects that the doctor would have somebody look at, and its exit code."""
    said, code = told("doctor")
    return {line.split()[1] for line in said.splitlines() if line.startswith("attention")}, code


@pytest.mark.usefixtures("all_at_work", "look_here")
def test_the_doctor_finds_nothing_where_nothing_is_wrong() -> None:
    assert attention() == (set(), 0)


@pytest.mark.usefixtures("look_here")
def test_the_doctor_names_who_is_missing() -> None:
    missing, code = attention()
    workers = {"workers.solve", "workers.high", "workers.default", "workers.low"}
    assert (missing, code) == ({"steward", "schedule_clock", "beat", *workers}, 1)


@pytest.mark.usefixtures("all_at_work", "look_here")
def test_the_doctor_names_servers_that_do_not_answer(settings: Settings) -> None:
    settings.SERVERS = Servers(database=f"postgresql://taktline@{NOWHERE}/away", redis=f"redis://{NOWHERE}/1")
    settings.CELERY_BROKER_URL = f"redis://:hush@{NOWHERE}"
    assert attention() == ({"database", "broker"}, 1)


@pytest.mark.parametrize(("status", "code"), [(Status.HEALTHY, 0), (Status.DEGRADED, 1), (Status.UNHEALTHY, 2)])
def test_the_exit_code_is_the_worst_of_the_checks(status: Status, code: int) -> None:
    checks = (Check("one", Status.HEALTHY, None, None, "Well."), Check("other", status, 3.0, 2.0, "So and so.", "s"))
    with patch("scheduler_site.management.commands.healthcheck.assess", return_value=Health(checks)):
        table, of_table = told("healthcheck")
        report, of_report = told("healthcheck", "--json")
    assert (of_table, of_report) == (code, code)
    assert table.splitlines()[1].split(maxsplit=2) == [status, "other", "So and so."]
    assert table.splitlines()[-1] == f"The site is {status}."
    assert json.loads(report)["checks"][1] == {
        "name": "other", "status": status, "value": 3.0, "limit": 2.0, "unit": "s", "text": "So and so.",
        "oldest_seconds": None,
    }  # fmt: skip


def test_a_site_that_is_not_running_is_called_so_and_no_invented_address(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "healthcheck"],
        cwd=REPOSITORY,
        env=env.inherited() | {"TAKTLINE_DATA": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    told = {line.split()[1]: line for line in done.stdout.splitlines() if line.startswith("unhealthy")}
    assert done.returncode == 2
    assert "The site is not running here, and DATABASE_URL is not set." in told["database"]
    assert "The site is not running here, and REDIS_URL is not set." in told["broker"]
    assert "port 9" not in done.stdout + done.stderr


def test_a_fault_of_ours_is_no_verdict() -> None:
    with (
        patch("scheduler_site.management.commands.healthcheck.assess", side_effect=Broken("health-disk")),
        pytest.raises(CommandError) as caught,
    ):
        call_command("healthcheck")
    assert caught.value.returncode == 3


@pytest.mark.parametrize(("arguments", "port"), [(["--jsn"], ""), ([], "eighty")])
def test_what_cannot_be_asked_is_no_verdict(arguments: list[str], port: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "healthcheck", *arguments],
        cwd=REPOSITORY,
        env=env.inherited() | {"TAKTLINE_PORT": port},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr
