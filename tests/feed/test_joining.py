"""Sockets that come and go at any moment leave nothing behind."""

from __future__ import annotations

import pytest

from runs.hub import Hub
from tests.feed.browser import Browsers, in_thread
from tests.feed.writing import running, tell


@pytest.mark.parametrize("path", ["/ws/runs/", "/ws/runs/{run}/"])
async def test_who_leaves_before_the_first_word_is_gone(browsers: Browsers, path: str) -> None:
    run, _ = await in_thread(running)()
    for _ in range(5):
        browser = await browsers.viewer(f"viewer{len(browsers.tabs)}")
        assert await browser.open(path.format(run=run.pk))
        await browser.drop()
    hub = Hub.here()
    assert (hub.members, hub.rooms, hub._tasks) == (set(), {}, [])


async def test_the_last_one_out_stops_the_hub_and_the_next_one_starts_it(browsers: Browsers) -> None:
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    for last in (3, 4, 5):
        await browser.watch(run.pk)
        await browser.next()
        assert len(Hub.here()._tasks) == 2
        assert await in_thread(tell)(lease) == last
        await browser.reach(last)
        await browser.drop()
        assert Hub.here()._tasks == []
    assert browser.seqs == [1, 2, 3, 4, 5]


async def test_one_run_is_left_while_another_is_watched(browsers: Browsers) -> None:
    (left, _), (watched, lease) = await in_thread(running)(), await in_thread(running)()
    first, second = await browsers.viewer(), await browsers.viewer("vito")
    await first.watch(left.pk)
    await second.watch(watched.pk)
    await second.reach(2)
    await first.drop()
    assert list(Hub.here().rooms) == [watched.pk]
    await in_thread(tell)(lease)
    await second.reach(3)
