"""How many requests a caller gets, together and when Redis is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.conf import settings

from runs.api.callers import Scope
from scheduler_site import addresses, embedded
from scheduler_site.api.throttling import Throttle
from tests.api.calling import problem
from tests.api.conftest import Come

NOON = 1_800_000_000.0 - 1_800_000_000.0 % 60 + 15


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def few() -> Iterator[None]:
    with patch.dict(settings.API_REQUESTS_PER_MINUTE, {"read": 3}):
        yield


def redis() -> str:
    return addresses.redis(settings.SERVERS.redis, 1)


def counted(throttle: Throttle, caller: str, times: int) -> list[int]:
    return [throttle.pause_seconds(caller, Scope.READ) for _ in range(times)]


@pytest.mark.usefixtures("few")
def test_one_too_many_waits_for_the_next_minute(clock: Clock, request: pytest.FixtureRequest) -> None:
    caller = f"a-{request.node.nodeid}-{time.time_ns()}"
    throttle = Throttle(redis(), clock)
    assert counted(throttle, caller, 4) == [0, 0, 0, 45]
    assert counted(throttle, caller + "b", 1) == [0]
    assert throttle.pause_seconds(caller, Scope.SUBMIT) == 0
    clock.now += 45
    assert counted(throttle, caller, 1) == [0]


@pytest.mark.usefixtures("few")
def test_processes_count_together(clock: Clock) -> None:
    caller = f"b-{time.time_ns()}"
    assert counted(Throttle(redis(), clock), caller, 3) == [0, 0, 0]
    assert counted(Throttle(redis(), clock), caller, 1) == [45]


@pytest.mark.usefixtures("few")
def test_without_redis_each_process_counts_for_itself_and_loses_no_time(clock: Clock) -> None:
    throttle = Throttle(f"redis://127.0.0.1:{embedded.free_port()}/0", clock)
    began = time.monotonic()
    assert counted(throttle, "c", 200)[:4] == [0, 0, 0, 45]
    assert time.monotonic() - began < 5  # a twentieth of a second each would be ten
    clock.now += 60
    assert counted(throttle, "c", 1) == [0]


@pytest.mark.usefixtures("few")
def test_redis_is_asked_again_after_a_while(clock: Clock) -> None:
    caller = f"d-{time.time_ns()}"
    throttle = Throttle(redis(), clock)
    with patch.object(throttle, "_redis", Throttle(f"redis://127.0.0.1:{embedded.free_port()}/0")._redis):
        assert counted(throttle, caller, 3) == [0, 0, 0]
    clock.now += 16
    assert counted(throttle, caller, 1) == [0]
    assert counted(Throttle(redis(), clock), caller, 3) == [0, 0, 29]


@pytest.mark.django_db
def test_a_caller_is_told_how_long_to_wait(come: Come) -> None:
    api = come("viewer:read")
    with patch("scheduler_site.api.identification.throttle.pause_seconds", return_value=17) as pause:
        answer = api.get("/runs")
    assert problem(answer, 429, "too-many-requests")["retry_after"] == 17
    assert answer["Retry-After"] == "17"
    assert pause.call_args.args[1] is Scope.READ


@pytest.mark.django_db
def test_tokens_and_people_are_counted_apart(come: Come) -> None:
    with patch("scheduler_site.api.identification.throttle.pause_seconds", return_value=0) as pause:
        for caller in ("viewer:read", "viewer:read", "viewer"):
            come(caller).get("/runs")
    assert len({call.args[0] for call in pause.call_args_list}) == 3
