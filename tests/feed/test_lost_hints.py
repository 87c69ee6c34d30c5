"""Hints are only hints: without them, without Redis, without the subscription, the sweep finds what the rows know."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError

from runs import audience, broadcast, reading
from runs.broadcast import Doorbell, announce, channel_layer
from runs.hub import Hub
from tests.feed.browser import Browser, Browsers, in_thread
from tests.feed.writing import conclude, improve, running, tell


def gone(*_: object) -> None:
    """In the place of something that asks the database, while that is away."""
    raise OperationalError("gone")


@pytest.fixture
def _no_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "announce", lambda *_: None)


@pytest.mark.usefixtures("_no_hints")
async def test_without_hints_the_sweep_tells_events_and_frames(browsers: Browsers) -> None:
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)
    await in_thread(tell)(lease, 7)
    await browser.until(lambda: browser.seq == 9)
    found = await in_thread(improve)(lease, 100)
    await browser.until(lambda: browser.frames == [found])
    await in_thread(conclude)(lease, 100)
    await browser.until(lambda: browser.messages[-1]["run"]["state"] == "finished")
    assert browser.seqs == list(range(1, found + 2))


@pytest.mark.usefixtures("_no_hints")
async def test_without_hints_the_list_changes_too(browsers: Browsers) -> None:
    there, lease = await in_thread(running)()
    browser = await browsers.viewer()
    assert await browser.open("/ws/runs/")
    await browser.until(lambda: bool(browser.messages))
    another, _ = await in_thread(running)()
    await browser.until(lambda: browser.messages[-1]["run"]["id"] == another.pk)
    await in_thread(improve)(lease, 100)
    await in_thread(conclude)(lease, 100)
    await browser.until(
        lambda: (there.pk, "finished") in {(said["run"]["id"], said["run"]["state"]) for said in browser.messages}
    )


async def told_until_silent(browser: Browser) -> set[tuple[int, str]]:
    """The runs and states that the list tells of before several sweeps have nothing to tell."""
    browser.messages.clear()
    async with asyncio.timeout(20):
        while not await browser.silent(1):
            await browser.next()
    return {(message["run"]["id"], message["run"]["state"]) for message in browser.messages}


@pytest.mark.usefixtures("_no_hints")
async def test_more_runs_than_the_board_keeps_are_told_once(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that wait for room are told when another one has ended."""
    monkeypatch.setattr(reading, "KEPT_RUNS", 2)
    there = [await in_thread(running)() for _ in range(4)]
    browser = await browsers.viewer()
    assert await browser.open("/ws/runs/")
    assert await told_until_silent(browser) == {(run.pk, "running") for run, _ in there[:2]}
    for _, lease in there[:2]:
        await in_thread(conclude)(lease, 100)
    ended = {(run.pk, "finished") for run, _ in there[:2]}
    assert await told_until_silent(browser) == {*ended, *((run.pk, "running") for run, _ in there[2:])}


async def test_a_subscription_that_redis_has_forgotten_is_renewed(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    """And then hints alone are enough."""

    async def overlook(_: Hub) -> None:
        """The sweep does not find anything by itself."""

    monkeypatch.setattr(Hub, "_find_unheard", overlook)
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)
    connection = get_channel_layer().connection(0)  # type: ignore[union-attr]  # the Redis layer's own
    await connection.flushdb()
    assert await connection.zcard("ws:group:runs") == 0
    async with asyncio.timeout(20):
        while await connection.zcard("ws:group:runs") == 0:  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0.02)
    async with asyncio.timeout(20):
        while browser.seq == 2:  # on a busy machine a hint may be late or lost
            await in_thread(tell)(lease)
            if not await browser.silent(1):
                await browser.next()


async def test_rows_that_cannot_be_reached_for_a_while_are_read_afterwards(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runs.rooms.PAUSE_SECONDS", 0.05)
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)
    failures = iter([OperationalError("gone"), OperationalError("gone")])
    real = reading.read

    def flaky(run_id: int, after: int, frame_after: int | None) -> reading.Reading | None:
        for failure in failures:
            raise failure
        return real(run_id, after, frame_after)

    monkeypatch.setattr(reading, "read", flaky)
    async with asyncio.timeout(20):
        while browser.seq == 2:  # on a busy machine a hint may be late or lost
            await in_thread(tell)(lease)
            if not await browser.silent(1):
                await browser.next()
    assert next(failures, None) is None


async def test_a_socket_whose_first_reading_fails_is_asked_to_come_back(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = await in_thread(running)()
    monkeypatch.setattr(reading, "read", gone)
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    assert await browser.close_code() == 1013


@pytest.mark.parametrize("path", ["/ws/runs/", "/ws/runs/1/"])
async def test_a_socket_that_opens_while_the_database_is_away_is_asked_to_come_back(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    browser = await browsers.viewer()
    monkeypatch.setattr(audience, "allowed", gone)
    await browser.open(path)
    assert await browser.close_code() == 1013


async def test_who_asks_again_while_the_database_is_away_is_asked_to_come_back(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_thread(running)()
    browser = await browsers.viewer()
    assert await browser.open("/ws/runs/")
    await browser.until(lambda: bool(browser.messages))
    monkeypatch.setattr(reading, "going_on", gone)
    await browser.say({"type": "since", "seq": 0})
    assert await browser.close_code() == 1013


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        threading.Event().wait(0.01)


@pytest.mark.parametrize("broken", ["runs.reading.read", "runs.reading.marks"])
async def test_when_the_feed_itself_breaks_browsers_come_back_to_a_whole_one(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    run, lease = await in_thread(running)()
    tabs = [await browsers.viewer(), await browsers.viewer("vito")]
    for tab in tabs:
        await tab.watch(run.pk)
        await tab.reach(2)

    def bug(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken_feed:
        broken_feed.setattr(broken, bug)
        await in_thread(tell)(lease)
        assert [await tab.close_code() for tab in tabs] == [1011, 1011]
    for tab in tabs:
        await tab.drop()
        await tab.watch(run.pk)
        await tab.reach(3)
    await in_thread(tell)(lease)
    for tab in tabs:
        await tab.reach(4)


class Nowhere:
    """A channel layer whose Redis does not answer until it does."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.answers = threading.Event()
        self.rung = threading.Event()
        self.heard: list[int] = []

    async def group_send(self, _group: str, hint: broadcast.Hint) -> None:
        self.asked.set()
        while not self.answers.is_set():  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.01)
        self.heard.append(hint["run"])
        self.rung.set()

    def bell(self) -> Doorbell:
        return Doorbell(lambda: cast("broadcast.Layer", self))


@pytest.fixture
def nowhere() -> Iterator[Nowhere]:
    layer = Nowhere()
    yield layer
    layer.answers.set()


def test_the_solve_loop_never_waits_for_redis(nowhere: Nowhere) -> None:
    bell = nowhere.bell()
    bell.announce(1, 1)
    assert nowhere.asked.wait(20)
    began = time.monotonic()
    for seq in range(1000):
        bell.announce(2, seq)
    assert time.monotonic() - began < 20, "not even the time that ten of them would wait for an answer"
    assert bell._pending == {2: 999}, "hints about one run replace one another"


def test_notes_do_not_pile_up(nowhere: Nowhere) -> None:
    bell = nowhere.bell()
    bell.announce(0, 1)
    assert nowhere.asked.wait(20)
    for run in range(1, 3 * broadcast.NOTES):
        bell.announce(run, 1)
    assert len(bell._pending) == broadcast.NOTES


def test_after_a_silence_the_bell_rings_again(
    nowhere: Nowhere, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(broadcast, "PATIENCE_SECONDS", 0.05)
    bell = nowhere.bell()
    bell.announce(1, 1)
    assert nowhere.asked.wait(20)
    wait_until(lambda: bool(caplog.records))
    assert ["hint_lost" in message for message in caplog.messages] == [True]
    nowhere.answers.set()
    bell.announce(2, 1)
    assert nowhere.rung.wait(20)
    assert nowhere.heard == [2]


def test_a_process_that_ends_rings_what_is_pending_and_ends_the_thread(nowhere: Nowhere) -> None:
    bell = nowhere.bell()
    bell.announce(1, 1)
    assert nowhere.asked.wait(20)
    bell.announce(2, 1)
    nowhere.answers.set()
    bell.close()
    assert nowhere.heard == [1, 2]
    assert bell._thread is not None
    assert not bell._thread.is_alive()


def test_a_process_that_ends_does_not_wait_for_redis(nowhere: Nowhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "PATIENCE_SECONDS", 1.0)
    bell = nowhere.bell()
    for run in range(100):
        bell.announce(run, 1)
    bell.close()
    assert bell._thread is not None
    assert not bell._thread.is_alive()
    assert nowhere.heard == []


async def test_a_hint_reaches_everyone_who_listens(transactional_db: None) -> None:
    layer = channel_layer()
    channel = await layer.new_channel("test")
    await layer.group_add(broadcast.GROUP, channel)
    announce(42, 318)
    async with asyncio.timeout(20):
        hint = await layer.receive(channel)
    await layer.group_discard(broadcast.GROUP, channel)
    assert (hint["run"], hint["seq"]) == (42, 318)
