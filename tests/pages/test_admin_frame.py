"""The admin pages around the rows: their order and where they lead."""

from __future__ import annotations

from tests.pages.conftest import LogIn


def test_the_plant_comes_first_and_technical_logs_last(log_in: LogIn) -> None:
    page = log_in("admin").get("/admin/").content.decode()
    places = [page.index(f'href="/admin/{app}/"') for app in ("plant", "runs", "plans", "auth")]
    assert places == sorted(places)


def test_the_admin_leads_back_to_the_board(log_in: LogIn) -> None:
    assert '<a href="/">' in log_in("admin").get("/admin/").content.decode()
