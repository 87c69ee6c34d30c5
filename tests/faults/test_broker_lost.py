"""Redis dies with everything in it, or stands still."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from scheduler_site.drill.desk import Desk
from tests.faults.checking import column, frozen, outage, wait_for_end
from tests.faults.rigged_solver import Seed
from tests.faults.table import Tally
from tests.live_stack import LiveStack, wait_until


@pytest.mark.fault("F05", "redis_kill9_empty", limit=30.0)
def test_a_broker_that_forgets_everything_loses_no_run(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=5):
        running = [desk.submit(300, seed=Seed.PATIENT) for _ in range(4)]  # every slot is taken
        wait_until(lambda running=running: all(column(stack, run, "stage") for run in running), "their searches")  # type: ignore[misc] # the loop's own
        queued = [desk.submit(30, seed=Seed.QUICK) for _ in range(20)]
        tally.begin()
        stack.kill("valkey")
        stack.lose_redis_data()
        for run in running[1:]:
            desk.cancel(run)
        meanwhile = desk.submit(30, seed=Seed.QUICK)
        stack.start("valkey")
        stack.wait_ready("valkey")
        began = time.monotonic()
        wait_for_end(stack, [*queued, meanwhile])
        tally.recovered(time.monotonic() - began)
        assert column(stack, running[0], "attempt") == 1
        desk.stop(running[0])
        wait_for_end(stack, running)
        for run in (running[0], *queued, meanwhile):
            assert (column(stack, run, "state"), column(stack, run, "attempt")) == ("finished", 1)
    tally.assert_recovered()


MAKE_TOKEN = """
from django.contrib.auth.models import User
from scheduler_site.models import ApiToken
token = ApiToken(name="faults", user=User.objects.get(username="planner"), scopes=["submit"])
print("token", token.draw_secret())
token.save()
"""


def submit(stack: LiveStack, token: str, number: int) -> tuple[int, int, float]:
    """Ask for a run over HTTP: the status, the run, and the seconds until the answer."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
    body = json.dumps({"limit_seconds": 1.0 + number / 100, "fresh": True}).encode()
    began = time.monotonic()
    request = Request(stack.url + "api/v1/runs", body, headers)  # noqa: S310 - our own http address
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
        return answer.status, int(json.load(answer)["id"]), time.monotonic() - began


@pytest.mark.fault("F06", "redis_frozen_during_submits", limit=6.0)
def test_a_frozen_broker_keeps_nobody_waiting(stack: LiveStack, tally: Tally) -> None:
    freeze_seconds = 20.0 if tally.is_full else 7.0
    token = stack.manage("shell", "--command", MAKE_TOKEN).split("token ")[-1].strip()
    numbers, runs = tally.count(quick=4, full=10), []
    with frozen(stack.pid("valkey")), ThreadPoolExecutor(len(numbers)) as people:
        thawed_at = time.monotonic() + freeze_seconds
        for answer in [people.submit(submit, stack, token, number) for number in numbers]:
            tally.begin()
            status, run, seconds = answer.result()
            assert status == 202
            runs.append(run)
            tally.recovered(seconds)
        outage(thawed_at - time.monotonic())
    wait_for_end(stack, runs)
    assert {(column(stack, run, "state"), column(stack, run, "attempt")) for run in runs} == {("finished", 1)}
    tally.assert_recovered()
