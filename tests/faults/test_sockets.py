"""Browsers that lose their line, sit still, are many, or do not keep up, on a real web process."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil
import pytest

from bench.sockets import measure, percentile
from tests.faults.table import Tally
from tests.line import NO_CODE, TEXT, Closed, Line, Refused, run
from tests.live_stack import LiveStack
from tests.live_writer import writing
from tests.people import cookies

OUTAGE_SECONDS = 2.0
STAY = 10  # events at most until a client loses its line
PAUSE_SECONDS = 0.2  # before a client comes back
IDLE_SECONDS = (7, 60)  # quick: longer than the wait for an answer of Redis; full: longer than any of its timeouts
GROWTH_MB = 20.0
ANSWER_SECONDS = 0.6
PATIENCE_SECONDS = 120.0
TOO_MANY = 4429
BELLS = 10  # ring at once for each event of a burst: faster than one web process hears


@dataclass
class Follower:
    """A browser on a run's page, over all its connections: what it was told, as it was told."""

    site: str
    run: int
    cookie: str
    seqs: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    says_how_far: bool = True
    answered_at: float = 0.0

    @property
    def seq(self) -> int:
        return self.seqs[-1] if self.seqs else 0

    async def connect(self) -> Line:
        """A new line from where it is; tries again as a browser does while the server cannot be reached or is full."""
        while True:
            line = Line()
            try:
                await line.open(self.site, f"/ws/runs/{self.run}/?after={self.seq}", self.cookie)
            except (OSError, Refused, TimeoutError):
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return line

    async def read(self, line: Line, until: Callable[[], bool]) -> None:
        """Take messages until something holds or the server closes."""
        try:
            while not until():
                kind, data = await line.next()
                if kind == TEXT:
                    self.seqs += [event["seq"] for event in json.loads(data).get("events", ())]
                    self._answer(line)
        except Closed as closed:
            self.codes.append(closed.code)
            await asyncio.sleep(PAUSE_SECONDS)

    def assert_exact(self, last: int) -> None:
        """Every event once and in order."""
        assert self.seqs == list(range(1, last + 1))

    def _answer(self, line: Line) -> None:
        if self.says_how_far and time.monotonic() - self.answered_at > ANSWER_SECONDS:
            self.answered_at = time.monotonic()
            line.say(json.dumps({"type": "ping", "seq": self.seq}))


async def chaos(follower: Follower, stay: int, last: int, tally: Tally) -> None:
    """Follow to the last event, but lose the line again and again, after `stay` events at most."""
    dice = random.Random(follower.cookie)
    while follower.seq < last:
        tally.begin()
        begun_at = time.monotonic()
        line = await follower.connect()
        had = follower.seq
        await follower.read(line, lambda had=had: follower.seq > had)  # type: ignore[misc] # binds the loop's value
        tally.recovered(time.monotonic() - begun_at)
        goal = min(last, follower.seq + dice.randint(0, stay))
        await follower.read(line, lambda goal=goal: follower.seq >= goal)  # type: ignore[misc] # as above
        line.drop()


def lose_redis(stack: LiveStack) -> None:
    stack.kill("valkey")
    stack.lose_redis_data()
    time.sleep(OUTAGE_SECONDS)  # that it is away for a while is the fault
    stack.start("valkey")
    stack.wait_ready("valkey")


@pytest.mark.fault("F14", "ws_chaos")
def test_every_client_is_told_everything_once_whatever_happens_to_lines_and_redis(web_stack: LiveStack, tally: Tally) -> None:
    clients, events, drops, losses = (50, 1000, 5, 2) if tally.is_full else (12, 200, 2, 1)
    bursts = [events // 10] * 3

    async def follow(run: int, people: list[str]) -> list[Follower]:
        followers = [Follower(web_stack.url, run, cookie) for cookie in people]
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            for follower in followers:
                group.create_task(chaos(follower, STAY, events + 4, tally))
            for _ in range(losses):
                await asyncio.sleep(OUTAGE_SECONDS)
                await asyncio.to_thread(lose_redis, web_stack)
        return followers

    people = cookies(web_stack, clients, each=4)
    with writing(web_stack, events, 20, bursts, BELLS) as writer:
        writer.go()
        followers = run(follow(writer.run, people))
        assert writer.last_seq() == events + 4  # queued, started, the events, improved, finished
        assert writer.lost_hints > 0
    for follower in followers:
        follower.assert_exact(events + 4)
    assert tally.tries >= clients * drops
    tally.assert_recovered()


async def settled(follower: Follower) -> Line:
    """A line on which everything so far has come. Sockets that its person had in other tests may still be being closed."""
    async with asyncio.timeout(20):
        while True:
            line = await follower.connect()
            await follower.read(line, lambda: follower.seq >= 2)
            if follower.seq >= 2:
                return line
            assert follower.codes.pop() == TOO_MANY


@pytest.mark.fault("F15", "ws_idle")
def test_a_socket_on_which_nothing_happens_stays_open_and_hears_what_happens_then(stack: LiveStack, tally: Tally) -> None:
    seconds = IDLE_SECONDS[tally.is_full]

    async def sit_still(run: int, people: list[str], go: Callable[[], None]) -> None:
        followers = [Follower(stack.url, run, cookie) for cookie in people]
        lines = [await settled(follower) for follower in followers]
        await asyncio.sleep(seconds)  # that nothing happens for so long is the test
        assert [line.closed_with for line in lines] == [None] * len(lines)
        go()
        for follower, line in zip(followers, lines, strict=True):
            tally.begin()
            begun_at = time.monotonic()
            await asyncio.wait_for(follower.read(line, lambda follower=follower: follower.seq >= 5), 20)  # type: ignore[misc] # as above
            tally.recovered(time.monotonic() - begun_at)
            follower.assert_exact(follower.seq)
            assert follower.codes == []
            line.drop()

    with writing(stack, 3, 20) as writer:
        run(sit_still(writer.run, cookies(stack, 50), writer.go))
        writer.last_seq()
    tally.assert_recovered()


@pytest.mark.fault("F16", "ws_fanout", limit=0.5)
def test_many_clients_hear_of_each_event_soon(stack: LiveStack, tally: Tally) -> None:
    """A try is an event; it has recovered when 95 % of the clients have it, and none may miss it."""
    clients, rate, seconds = (500, 5, 30) if tally.is_full else (100, 5, 3)
    with writing(stack, rate * seconds, rate) as writer:
        heard, load = run(measure(stack, writer, cookies(stack, clients)))
    for seq in range(3, 3 + rate * seconds):
        tally.begin()
        latencies = [client.arrivals.get(seq) for client in heard]
        assert None not in latencies, f"event {seq} did not reach everybody"
        tally.recovered(percentile([took for took in latencies if took is not None], 0.95) / 1000)
    print(f"\nweb process: {load.cpu_percent:.0f} % processor, {load.rss_mb:.0f} MB, load average {load.machine:.1f}")
    tally.assert_recovered()


async def read_to(follower: Follower, line: Line, seq: int) -> None:
    await follower.read(line, lambda: follower.seq >= seq)


async def overwhelm(readers: list[Follower], web: psutil.Process, go: Callable[[], None], last: int) -> tuple[Line, float]:
    """Until the mute one of (mute, frozen, quick) is sent away; the frozen one's line, and the megabytes the server grew by."""
    mute, _frozen, quick = readers
    lines = [await follower.connect() for follower in readers]
    for follower, line in zip(readers, lines, strict=True):
        await read_to(follower, line, 2)
    lines[1].stop_reading()
    before = web.memory_info().rss
    go()
    async with asyncio.TaskGroup() as group:
        group.create_task(read_to(quick, lines[2], last))
        group.create_task(mute.read(lines[0], lambda: False))
    lines[2].drop()
    return lines[1], (web.memory_info().rss - before) / 2**20


@pytest.mark.fault("F17", "ws_slow_reader")
def test_who_does_not_keep_up_is_sent_away_costs_little_and_misses_nothing(web_stack: LiveStack, tally: Tally) -> None:
    """One reads and never says how far it is, one does not even read; a third keeps up."""
    burst, bursts = 2000, 24
    last = burst * bursts + 4

    async def watch(readers: list[Follower], go: Callable[[], None]) -> None:
        mute, frozen, _quick = readers
        mute.says_how_far = False
        begun_at = time.monotonic()
        silent, growth = await overwhelm(readers, psutil.Process(web_stack.pid("web")), go, last)
        tally.recovered(time.monotonic() - begun_at)
        silent.go_on_reading()
        await frozen.read(silent, lambda: False)
        tally.recovered(time.monotonic() - begun_at)
        print(f"\nweb process grew by {growth:.1f} MB; closed with {mute.codes[0]}, {frozen.codes[0]}")
        assert growth <= GROWTH_MB
        assert mute.codes == [4008]
        assert frozen.codes in ([4008], [NO_CODE])  # behind a full line no code arrives, and the server does not wait long
        mute.says_how_far = True
        for follower in (mute, frozen):
            line = await follower.connect()
            await read_to(follower, line, last)
            line.drop()

    with writing(web_stack, burst * bursts, 4, [burst] * bursts) as writer:
        readers = [Follower(web_stack.url, writer.run, cookie) for cookie in cookies(web_stack, 3)]
        tally.begin()
        tally.begin()
        run(asyncio.wait_for(watch(readers, writer.go), PATIENCE_SECONDS))
        writer.last_seq()
    for follower in readers:
        follower.assert_exact(last)
    tally.assert_recovered()
