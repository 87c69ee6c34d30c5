"""What opens a door is not written, whatever it is called and wherever it stands."""

from __future__ import annotations

import pytest

from scheduler_site.logs import redact, without_secrets


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("postgresql://taktline:hush@db:5432/taktline", "postgresql://taktline:***@db:5432/taktline"),
        ("redis://:hush@127.0.0.1/0 is away", "redis://:***@127.0.0.1/0 is away"),
        ("Authorization: Bearer abcdefgh12345678", "Authorization: Bearer ***"),
        ("login with password=hush&next=/", "login with password=***&next=/"),
        ('{"api_key": "hush", "run": 7}', '{"api_key": "***", "run": 7}'),
        ("Order 4711 is 3 h late: see https://plan.example.com/runs/7/", "Order 4711 is 3 h late: see https://plan.example.com/runs/7/"),
        ("12 tokens were spent", "12 tokens were spent"),
    ],
)  # fmt: skip
def test_text(said: str, written: str) -> None:
    assert without_secrets(said) == written


def test_fields_by_their_name_however_deep() -> None:
    event = {
        "event": "asked", "run": 7, "task_id": "abc", "metrics_token": "hush", "headers": {"Cookie": "hush", "Host": "h"},
        "arguments": ["redis://:hush@h", {"PASSWORD": "hush"}], "nothing": None, "_record": object,
    }  # fmt: skip
    assert redact(None, "info", event) == {
        "event": "asked", "run": 7, "task_id": "abc", "metrics_token": "***", "headers": {"Cookie": "***", "Host": "h"},
        "arguments": ["redis://:***@h", {"PASSWORD": "***"}], "nothing": None, "_record": object,
    }  # fmt: skip
