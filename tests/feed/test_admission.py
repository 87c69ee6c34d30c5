"""Who may watch: asked at the door, and again and again while the socket is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session

from runs import consumers
from runs.hub import Hub
from tests.feed.browser import Browsers, in_thread, log_in
from tests.feed.writing import running

SOCKETS = ["/ws/runs/", "/ws/runs/1/"]


@pytest.mark.parametrize("path", SOCKETS)
async def test_a_stranger_is_sent_away(browsers: Browsers, path: str) -> None:
    """Before there is a socket: the handshake itself is refused."""
    browser = browsers.tab()
    assert not await browser.open(path)
    assert browser.refused_with == 4401


@pytest.mark.parametrize("path", SOCKETS)
async def test_a_user_without_the_permission_is_sent_away(browsers: Browsers, path: str) -> None:
    browser = browsers.tab(await in_thread(lambda: log_in(User.objects.create_user("nobody")))())
    await browser.open(path)
    assert await browser.close_code() == 4403


@pytest.mark.parametrize("origin", ["http://evil.example", "https://localhost:8000", "http://localhost:1"])
async def test_pages_of_other_sites_cannot_open_sockets_with_our_cookie(browsers: Browsers, origin: str) -> None:
    known = await browsers.viewer()
    assert await known.open("/ws/runs/")
    cookie = dict(known._headers)[b"cookie"].decode()
    assert not await browsers.tab(cookie, origin).open("/ws/runs/")


async def test_a_run_that_is_not_there_is_said_to_be_unknown(browsers: Browsers) -> None:
    browser = await browsers.viewer()
    await browser.open("/ws/runs/12345/")
    assert await browser.close_code() == 4404


@pytest.mark.parametrize("after", ["-1", "x", "1e9", "9" * 30, "٣"])
async def test_a_place_that_is_no_number_is_refused(browsers: Browsers, after: str) -> None:
    run, _ = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.open(f"/ws/runs/{run.pk}/?after={after}")
    assert await browser.close_code() == 4400


def take_group(user: User) -> None:
    user.groups.clear()


def deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def log_out(user: User) -> None:
    for session in Session.objects.all():
        if session.get_decoded()[SESSION_KEY] == str(user.pk):
            session.delete()


def change_password(user: User) -> None:
    user.set_password("another one")
    user.save()


def delete(user: User) -> None:
    user.delete()


@pytest.mark.parametrize("revoke", [take_group, deactivate, log_out, change_password, delete])
@pytest.mark.parametrize("path", ["/ws/runs/", "/ws/runs/{run}/"])
async def test_who_may_no_longer_watch_is_sent_away(browsers: Browsers, revoke: Callable[[User], None], path: str) -> None:
    run, _ = await in_thread(running)()
    leaving, staying = await browsers.viewer("vera"), await browsers.viewer("vito")
    for browser in (leaving, staying):
        assert await browser.open(path.format(run=run.pk))
        await browser.next()
    await in_thread(lambda: revoke(User.objects.get(username="vera")))()
    assert await leaving.close_code() == 4403
    assert await staying.silent(0.5)


async def test_a_person_cannot_open_sockets_without_end(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "SOCKETS_PER_PERSON", 2)
    run, _ = await in_thread(running)()
    first = await browsers.viewer()
    cookie = dict(first._headers)[b"cookie"].decode()
    tabs = [first, browsers.tab(cookie), browsers.tab(cookie)]
    for tab in tabs[:2]:
        await tab.watch(run.pk)
        await tab.next()
    await tabs[2].watch(run.pk)
    assert await tabs[2].close_code() == 4429


async def test_a_socket_that_the_server_kills_counts_no_more(browsers: Browsers) -> None:
    run, _ = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.next()
    assert Hub.sockets_here() == 1
    browser.kill()
    async with asyncio.timeout(20):
        while Hub.sockets_here():  # noqa: ASYNC110 - the loop itself ends it, in its next rounds
            await asyncio.sleep(0.01)
    assert Hub.here().rooms == {}


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        "[]",
        "null",
        '{"type": "stop"}',
        '{"type": "since"}',
        '{"type": "since", "seq": -1}',
        '{"type": "since", "seq": "1"}',
        '{"type": "since", "seq": true}',
        '{"type": "since", "seq": 1, "run": 2}',
        '{"type": "ping", "more": 1}',
        '{"type": "ping", "seq": null}',
        '{"type": "ping"}' + " " * 300,
    ],
)
async def test_nothing_but_ping_and_since_is_listened_to(browsers: Browsers, message: str) -> None:
    run, _ = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.say(message)
    assert await browser.close_code() == 4400


@pytest.mark.parametrize("path", ["/ws/runs/", "/ws/runs/{run}/"])
async def test_each_ping_is_answered_so_that_a_client_knows_that_somebody_is_there(browsers: Browsers, path: str) -> None:
    run, _ = await in_thread(running)()
    browser = await browsers.viewer()
    assert await browser.open(path.format(run=run.pk))
    await browser.until(lambda: bool(browser.messages))
    for answered, ping in enumerate([{"type": "ping"}, {"type": "ping", "seq": 2}], 1):
        await browser.say(ping)
        await browser.until(lambda answered=answered: browser.messages.count({"type": "pong"}) == answered)  # type: ignore[misc] # binds the loop's number
    assert await browser.silent(0.5)


async def test_pongs_that_a_client_does_not_take_count_as_all_else(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "SEND_SECONDS", 0.2)
    run, _ = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.reach(2)

    async def never_taken(_socket: object, **_message: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(consumers.RunSocket, "send", never_taken)
    await browser.say({"type": "ping"})
    assert await browser.close_code() == 4008


async def test_who_talks_too_much_is_sent_away(browsers: Browsers) -> None:
    run, _ = await in_thread(running)()
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    for _ in range(consumers.MESSAGES + 1):
        await browser.say({"type": "ping"})
    assert await browser.close_code() == 4429
