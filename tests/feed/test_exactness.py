"""Browsers that lose their line at random moments get every event once and in order, and see it within a blink."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from runs import broadcast
from runs.leases import Lease
from tests.feed.browser import Browser, Browsers, in_thread
from tests.feed.writing import improve, running, tell

TABS = 6
TARGET_MS = 300


async def follow(browser: Browser, run_id: int, last: int, dice: random.Random) -> int:
    """Watch until the last event, dropping the line now and then; how often it was dropped."""
    drops = 0
    while browser.seq < last:
        await browser.watch(run_id)
        leave_at = browser.seq + dice.randint(1, 40)
        await browser.reach(min(leave_at, last))
        await browser.drop()
        drops += 1
    return drops


async def write(lease: Lease, last: int, dice: random.Random) -> None:
    """Events one by one, in bursts, and improvements, up to number `last`."""
    seq = 2
    while seq < last:
        if dice.random() < 0.1:
            seq = await in_thread(improve)(lease, 1000 - seq)
        else:
            seq = await in_thread(tell)(lease, min(last - seq, dice.choice([1, 1, 1, 2, 20])))


@pytest.mark.parametrize("seed", range(4))
async def test_every_event_once_and_in_order_whatever_happens_to_the_line(
    browsers: Browsers, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the hints are lost on top."""
    dice = random.Random(seed)
    ring = broadcast.announce
    monkeypatch.setattr(broadcast, "announce", lambda *hint: ring(*hint) if dice.random() < 0.5 else None)
    run, lease = await in_thread(running)()
    tabs = [await browsers.viewer(f"viewer{number}") for number in range(TABS)]
    last = 200
    async with asyncio.timeout(60):
        writer = asyncio.create_task(write(lease, last, dice))
        drops = await asyncio.gather(*(follow(tab, run.pk, last, random.Random(seed * 100 + n)) for n, tab in enumerate(tabs)))
        await writer
    assert sum(drops) > TABS
    for tab in tabs:
        assert tab.seqs == list(range(1, last + 1))
        assert tab.gaps == 0


async def test_an_improvement_is_on_the_wire_within_300_ms(browsers: Browsers, capsys: pytest.CaptureFixture[str]) -> None:
    """From the worker's write, in a thread and on a connection of its own, to the browser's receipt of event and frame."""
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)
    loop = asyncio.get_running_loop()
    took: list[float] = []
    with ThreadPoolExecutor(1) as worker:
        for objective in range(1000, 960, -1):
            began = time.perf_counter()
            seq = loop.run_in_executor(worker, improve, lease, objective)
            await browser.next_frame()
            took.append((time.perf_counter() - began) * 1000)
            assert browser.frames[-1] == await seq
        await loop.run_in_executor(worker, connections.close_all)
    p50, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    with capsys.disabled():
        print(f"\nimprovement written → frame received: median {p50:.0f} ms, p95 {p95:.0f} ms, worst {max(took):.0f} ms")
    assert p50 < TARGET_MS  # the tail belongs to a machine that other tests keep busy: it is told, not judged
