"""Who may open a socket, what may be said on it, and when it is closed, on a real web process: codes as a browser gets them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from tests.faults.table import Tally
from tests.line import NO_CODE, Closed, Line, Refused, run
from tests.live_stack import LiveStack
from tests.live_writer import writing
from tests.people import SOCKETS_EACH, cookies, forget

CLOSING_SECONDS = 20.0
TURNED_AWAY = 403

REVOKE = {
    "log out": "from django.contrib.sessions.models import Session; Session.objects.all().delete()",
    "session over": "from django.contrib.sessions.models import Session; from django.utils import timezone; "
    "Session.objects.update(expire_date=timezone.now())",
    "role taken": "from django.contrib.auth.models import User; User.objects.get(username='viewer0').groups.clear()",
    "deactivated": "from django.contrib.auth.models import User; User.objects.filter(username='viewer0').update(is_active=False)",
}
RESTORE = "from django.contrib.auth.models import User; User.objects.filter(username='viewer0').update(is_active=True)"


def chatter(line: Line) -> None:
    for _ in range(21):
        line.say('{"type": "ping"}')


async def code_of(line: Line) -> int:
    """Read on until the server closes."""
    async with asyncio.timeout(CLOSING_SECONDS):
        try:
            while True:
                await line.next()
        except Closed as closed:
            return closed.code


async def opened(stack: LiveStack, path: str, cookie: str = "", origin: str = "") -> Line:
    line = Line()
    await line.open(stack.url, path, cookie, origin)
    return line


async def refusal(stack: LiveStack, path: str, cookie: str = "", origin: str = "") -> int:
    with pytest.raises(Refused) as refused:
        await opened(stack, path, cookie, origin)
    return refused.value.status


@pytest.mark.fault("S01", "ws_doors")
def test_strangers_and_foreign_pages_get_no_socket(web_stack: LiveStack, tally: Tally) -> None:
    port = web_stack.url.rsplit(":", 1)[1].rstrip("/")
    (cookie,) = cookies(web_stack, 1)

    async def knock() -> None:
        for origin in ("https://127.0.0.1:" + port, "http://127.0.0.1:1", "http://evil.example", "null"):
            tally.begin()
            assert await refusal(web_stack, "/ws/runs/", cookie, origin) == TURNED_AWAY
            tally.recovered(0.0)
        for stranger in ("", "taktline_session=nobody"):
            tally.begin()
            assert await refusal(web_stack, "/ws/runs/", stranger) == TURNED_AWAY
            tally.recovered(0.0)
        (await opened(web_stack, "/ws/runs/", cookie)).drop()

    run(knock())
    tally.assert_recovered()


@pytest.mark.fault("S02", "ws_limits")
def test_what_is_too_much_or_not_understood_closes_the_socket_with_its_code(web_stack: LiveStack, tally: Tally) -> None:
    async def misbehave(path: str, person: list[str]) -> None:
        wrong: dict[int, Callable[[Line], None]] = {
            4400: lambda line: line.say('{"type": "stop"}'),
            4429: chatter,
            NO_CODE: lambda line: line.say("x" * 2**16 + "x"),
        }
        for code, act in wrong.items():
            tally.begin()
            line = await opened(web_stack, path, person[0])
            act(line)
            assert await code_of(line) == code
            tally.recovered(0.0)
        tally.begin()
        assert await code_of(await opened(web_stack, "/ws/runs/999999/", person[0])) == 4404
        tally.recovered(0.0)
        tally.begin()
        lines = [await opened(web_stack, path, person[1]) for _ in range(SOCKETS_EACH + 1)]
        assert await code_of(lines[-1]) == 4429
        assert [line.closed_with for line in lines[:-1]] == [None] * SOCKETS_EACH
        tally.recovered(0.0)
        for line in lines:
            line.drop()

    with writing(web_stack, 1, 20) as writer:
        run(misbehave(f"/ws/runs/{writer.run}/", cookies(web_stack, 2, each=1)))
        writer.go()
        writer.last_seq()
    tally.assert_recovered()


@pytest.mark.fault("S07", "ws_revoked", limit=6.0)
def test_who_may_no_longer_watch_is_sent_away_within_six_seconds(web_stack: LiveStack, tally: Tally) -> None:
    async def revoke(command: str, cookie: str) -> float:
        """Seconds from the change of the rows to the close."""
        line = await opened(web_stack, "/ws/runs/", cookie)
        closing = asyncio.create_task(code_of(line))
        said = await asyncio.to_thread(
            web_stack.manage, "shell", "--command", f"{command}; import time; print('at', time.time())"
        )
        assert await closing == 4403
        return time.time() - float(said.split("at ")[-1])

    for name in list(REVOKE)[: len(tally.count(quick=1, full=len(REVOKE)))]:
        (cookie,) = cookies(web_stack, 1)
        tally.begin()
        tally.recovered(run(revoke(REVOKE[name], cookie)))
        web_stack.manage("shell", "--command", RESTORE)
        forget(web_stack)
    tally.assert_recovered()
