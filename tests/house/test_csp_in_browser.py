"""A real browser finds nothing to block on the admin's pages, which we did not write."""

import shutil

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.live_stack import LiveStack

pytestmark = pytest.mark.browser
PAGES = ["admin/", "admin/plant/machine/", "admin/plant/order/add/", "admin/auth/user/add/"]


def visit_all(page: Page, stack: LiveStack) -> list[str]:
    """Log in, open each page; what the browser refused meanwhile."""
    refused: list[str] = []
    page.set_default_timeout(90_000)
    page.on("console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None)
    page.goto(stack.url + "admin/login/?next=/admin/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", stack.password)
    page.click("[type=submit]")
    page.wait_for_url(stack.url + "admin/")
    for path in PAGES:
        answer = page.goto(stack.url + path, wait_until="networkidle")
        assert answer is not None
        assert answer.ok, path
    return refused


def test_admin_works_under_the_policy(live_stack: LiveStack) -> None:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        refused = visit_all(browser.new_page(), live_stack)
        browser.close()
    assert refused == []
