"""A browser that does not keep up costs no memory here and is sent away; when it is back it gets everything."""

from __future__ import annotations

import asyncio

import pytest
from django.contrib.auth.models import User

from runs import consumers
from tests.feed.browser import Browsers, in_thread
from tests.feed.writing import improve, running, tell


@pytest.mark.parametrize("says", [True, False])
async def test_who_stays_behind_is_sent_away(browsers: Browsers, monkeypatch: pytest.MonkeyPatch, says: bool) -> None:  # noqa: FBT001 - a case
    """Whether it said once how far it is, or never did."""
    monkeypatch.setattr(consumers, "UNREAD_BYTES", 20_000)
    monkeypatch.setattr(consumers, "SEND_SECONDS", 1.0)
    run, lease = await in_thread(running)()
    slow, quick = await browsers.viewer(), await browsers.viewer("vito")
    for browser in (slow, quick):
        await browser.watch(run.pk)
        await browser.reach(2)
    for browser in (slow, quick) if says else (quick,):
        await browser.say({"type": "ping", "seq": 2})
    last = 2
    for _ in range(10):
        last = await in_thread(tell)(lease, 50)
        await quick.reach(last)
        await quick.say({"type": "ping", "seq": last})
    assert await slow.close_code() == 4008
    assert slow.seqs == list(range(1, slow.seq + 1))
    assert slow.seq < last
    await slow.drop()
    await slow.watch(run.pk)
    await slow.until(lambda: slow.seq == last)
    assert slow.seqs == list(range(1, last + 1))


async def test_who_catches_up_in_time_has_lost_nothing(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server waits, and what happened meanwhile comes in one message."""
    monkeypatch.setattr(consumers, "UNREAD_BYTES", 5_000)
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)
    await browser.reach(await in_thread(tell)(lease, 50))
    last = [await in_thread(tell)(lease, 50) for _ in range(4)][-1]
    while not await browser.silent(0.5):
        await browser.next()
    assert browser.seq < last
    while browser.seq < last:
        await browser.say({"type": "ping", "seq": browser.seq})
        await browser.next()
    assert browser.seqs == list(range(1, last + 1))


async def test_who_may_no_longer_watch_is_sent_away_though_it_is_slow(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "UNREAD_BYTES", 0)
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)
    await in_thread(tell)(lease, 50)
    await in_thread(User.objects.all().delete)()
    assert await browser.close_code() == 4403


async def test_who_takes_too_long_over_one_message_is_sent_away(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on servers that wait until the client has taken what they send."""
    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)
    real = consumers.RunSocket.send

    async def never_taken(socket: consumers.RunSocket, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await (asyncio.Event().wait() if bytes_data else real(socket, text_data, bytes_data))

    monkeypatch.setattr(consumers, "SEND_SECONDS", 0.2)
    monkeypatch.setattr(consumers.RunSocket, "send", never_taken)
    await in_thread(improve)(lease, 100)
    assert await browser.close_code() == 4008


async def test_what_piles_up_for_a_slow_reader_is_one_message_and_one_frame(browsers: Browsers) -> None:
    """The room remembers events once, whoever has not read them; the newest frame replaces the older ones."""
    from runs.hub import Hub

    run, lease = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)
    room = Hub.here().rooms[run.pk]
    (member,) = room.members
    newest = [await in_thread(improve)(lease, objective) for objective in range(200, 100, -10)][-1]
    async with asyncio.timeout(20):
        while room.until < newest:
            member.wake.clear()
            await asyncio.sleep(0)
    assert room.frame is not None
    assert room.frame.seq == newest
