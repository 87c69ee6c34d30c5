"""The admin's own look, where the framework's would be in the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.site_page import log_in
from tests.live_stack import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.xdist_group("stack")]


@pytest.mark.parametrize("width", [1440, 390])
def test_what_a_token_may_do_stands_beside_its_boxes(chromium: Browser, live_stack: LiveStack, width: int) -> None:
    page = log_in(chromium, live_stack, "admin", viewport={"width": width, "height": 844})
    page.goto(f"{live_stack.url}admin/scheduler_site/apitoken/add/")
    heights = page.locator("#id_scopes label").evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
    assert len(heights) == 3
    assert len(set(heights)) == 1, "none takes two lines"
    page.context.close()
