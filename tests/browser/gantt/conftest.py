"""Pages with a Gantt, one for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PATIENCE_MS
from tests.browser.gantt.driver import GanttPage
from tests.browser.gantt.site import serving

OpenGantt = Callable[..., GanttPage]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture
def open_gantt(address: str, chromium: Browser) -> Iterator[OpenGantt]:
    """Opens the page with a scene; every page must end without an error, a warning or a breach of its content security policy."""
    opened: list[GanttPage] = []

    def open_one(scene: str = "workshop", query: str = "", *, width: int = 1200, height: int = 700, **context: Any) -> GanttPage:
        page = chromium.new_context(viewport={"width": width, "height": height}, **context).new_page()
        page.set_default_timeout(PATIENCE_MS)
        gantt = GanttPage(page)
        page.on("pageerror", lambda error: gantt.faults.append(str(error)))
        page.on("console", lambda message: gantt.faults.append(message.text) if message.type in {"error", "warning"} else None)
        page.goto(f"{address}/?scene={scene}&{query}")
        page.locator("html[data-ready]").wait_for(state="attached")
        gantt.settle()
        opened.append(gantt)
        return gantt

    yield open_one
    for gantt in opened:
        gantt.page.context.close()
        assert gantt.faults == []


@pytest.fixture
def gantt(open_gantt: OpenGantt) -> GanttPage:
    """The workshop with plan 1."""
    return open_gantt()
