"""One run, watched: late joiners, what comes live, frames, and the list of all runs."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from channels.layers import get_channel_layer

from runs import leases, reading, rooms
from tests.feed.browser import Browsers, in_thread
from tests.feed.writing import conclude, improve, running, tell
from tests.runs.making import make_run


async def test_a_late_joiner_gets_everything_from_the_first_event_on_and_the_newest_frame(browsers: Browsers) -> None:
    run, lease = await in_thread(running)()
    await in_thread(tell)(lease, 3)
    newest = [await in_thread(improve)(lease, objective) for objective in (200, 150, 120)][-1]
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.until(lambda: bool(browser.frames))
    assert browser.messages[0]["type"] == "catchup"
    assert browser.seqs == list(range(1, newest + 1))
    assert browser.frames == [newest]
    state = browser.messages[0]["run"]
    assert (state["id"], state["state"], state["best_objective"], state["incumbent_seq"]) == (run.pk, "running", 120, newest)
    assert state["last_seq"] == newest


async def test_what_happens_is_told_as_it_happens(browsers: Browsers) -> None:
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)
    for count in (1, 1, 5):
        seq = await in_thread(tell)(lease, count)
        await browser.reach(seq)
    found = await in_thread(improve)(lease, 100)
    await browser.until(lambda: browser.frames == [found])
    await in_thread(conclude)(lease, 100)
    await browser.until(lambda: browser.messages[-1]["run"]["state"] == "finished")
    assert browser.seqs == list(range(1, found + 2))
    assert browser.gaps == 0
    assert [message["type"] for message in browser.messages][:2] == ["catchup", "events"]


async def test_of_incumbents_that_came_faster_than_they_were_sent_only_the_newest_is(browsers: Browsers) -> None:
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)

    def three_at_once() -> int:
        return [improve(lease, objective) for objective in (300, 200, 100)][-1]

    newest = await in_thread(three_at_once)()
    await browser.until(lambda: newest in browser.frames)
    await browser.until(lambda: browser.seq == newest)
    assert browser.frames == sorted(browser.frames)
    assert await browser.silent(0.5)


async def test_a_gap_is_filled_on_request(browsers: Browsers) -> None:
    run, lease = await in_thread(running)()
    await in_thread(tell)(lease, 10)
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.until(lambda: browser.seq == 12)
    del browser.events[5:]
    await browser.say({"type": "since", "seq": 5})
    await browser.until(lambda: browser.seq == 12)
    assert browser.seqs == list(range(1, 13))


async def test_a_socket_that_asks_for_events_of_the_future_still_gets_the_next_ones(browsers: Browsers) -> None:
    """And does not keep them from anybody else."""
    run, lease = await in_thread(running)()
    first, second = await browsers.viewer(), await browsers.viewer("vito")
    assert await first.open(f"/ws/runs/{run.pk}/?after=99")
    await first.next()
    await second.watch(run.pk)
    await second.until(lambda: second.seq == 2)
    await in_thread(tell)(lease)
    await second.until(lambda: second.seq == 3)
    assert second.seqs == [1, 2, 3]
    await first.until(lambda: first.messages[-1]["run"]["last_seq"] == 3)


async def test_a_long_run_is_told_in_pages(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runs.reading.PAGE", 4)
    monkeypatch.setattr("runs.rooms.KEPT_EVENTS", 3)
    run, lease = await in_thread(running)()
    await in_thread(tell)(lease, 20)
    early = await browsers.viewer()
    await early.watch(run.pk)
    await early.until(lambda: early.seq == 22)
    late = await browsers.viewer("vito")
    await late.watch(run.pk)
    await late.until(lambda: late.seq == 22)
    assert early.seqs == late.seqs == list(range(1, 23))
    assert max(len(message["events"]) for message in late.messages) <= 4


async def test_twenty_tabs_cost_one_reading_and_one_writing(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    run, lease = await in_thread(running)()
    tabs = [await browsers.viewer(f"viewer{number}") for number in range(20)]
    for tab in tabs:
        await tab.watch(run.pk)
        await tab.reach(2)
    read = Mock(wraps=reading.read)
    written = Mock(wraps=rooms.events_text)
    monkeypatch.setattr(reading, "read", read)
    monkeypatch.setattr(rooms, "events_text", written)
    await in_thread(tell)(lease)
    for tab in tabs:
        await tab.reach(3)
    assert read.call_count <= 2, "one for the hint, perhaps one for a sweep"
    assert [call.args[1][0]["seq"] for call in written.call_args_list if call.args[1]] == [3], "one text for all"


async def test_a_process_listens_once_however_many_watch(browsers: Browsers) -> None:
    layer = get_channel_layer().connection(0)  # type: ignore[union-attr]  # the Redis layer's own
    await layer.flushdb()  # tests before this one had processes of their own
    first, second = await in_thread(running)(), await in_thread(running)()
    for number in range(6):
        tab = await browsers.viewer(f"viewer{number}")
        assert await tab.open("/ws/runs/" if number == 5 else f"/ws/runs/{(first, second)[number % 2][0].pk}/")
        await tab.next()
    assert await layer.zcard("ws:group:runs") == 1


async def test_a_queued_run_says_what_it_waits_for_and_its_place(browsers: Browsers) -> None:
    await in_thread(make_run)()
    second = await in_thread(make_run)()
    browser = await browsers.viewer()
    await browser.watch(second.pk)
    await browser.next()
    state = browser.messages[0]["run"]
    assert state["queue_position"] == 2
    assert state["waits_for"] == "Waits for a solve worker: none is running"


async def test_the_place_in_the_queue_changes_without_an_event_of_the_run(browsers: Browsers) -> None:
    first = await in_thread(make_run)()
    second = await in_thread(make_run)()
    browser = await browsers.viewer()
    await browser.watch(second.pk)
    await browser.next()
    await in_thread(leases.cancel)(first.pk, None, "")
    await browser.until(lambda: browser.messages[-1]["run"]["queue_position"] == 1)
    assert browser.seqs == [1]


async def test_the_list_shows_what_goes_on_and_every_change_of_any_run(browsers: Browsers) -> None:
    there, lease = await in_thread(running)()
    browser = await browsers.viewer()
    assert await browser.open("/ws/runs/")
    await browser.until(lambda: bool(browser.messages))
    assert browser.messages[0]["type"] == "runs"
    assert browser.messages[0]["run"]["id"] == there.pk
    await in_thread(improve)(lease, 100)
    await browser.until(lambda: browser.messages[-1]["run"]["best_objective"] == 100)
    await in_thread(conclude)(lease, 100)
    await browser.until(lambda: browser.messages[-1]["run"]["state"] == "finished")
    another, _ = await in_thread(running)()
    await browser.until(lambda: browser.messages[-1]["run"]["id"] == another.pk)
    assert browser.frames == []
