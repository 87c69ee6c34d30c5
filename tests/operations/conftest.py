"""A site where everybody is at work. Models are imported late: pytest may load this file before Django is set up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

TOKEN = "a token for monitoring"


@pytest.fixture
def all_at_work(db: None) -> None:
    """Every process of the fleet was just seen."""
    from runs import liveness, queues
    from runs.liveness import Report
    from runs.models.heartbeat import ProcessKind

    liveness.seen("steward@here/1", ProcessKind.STEWARD)
    liveness.seen("beat@here", ProcessKind.BEAT)
    liveness.seen(liveness.BEAT, ProcessKind.BEAT)
    liveness.seen("web@here/2", ProcessKind.WEB, Report(sockets=7))
    for queue in queues.TABLE:
        kind = ProcessKind.SOLVE if queue.name == queues.SOLVE_QUEUE else ProcessKind.WORKER
        liveness.seen(f"{queue.name}@here", kind, Report(slots=2, queues=(queue.name,)))


@pytest.fixture
def look_here() -> Iterator[None]:
    """Questions are put in the test's own thread and transaction, and nothing is kept for the next one."""
    from unittest.mock import patch

    from runs.health import assessment

    class Answered:
        def __init__(self, _name: str, ask: object) -> None:
            self.ask = ask

        def answer(self, _until: float) -> object:
            return self.ask()  # type: ignore[operator] # any question

    with (
        patch("runs.health.assessment.asked", Answered),
        patch("runs.metrics.asked", Answered),
        patch.object(assessment, "_latest", assessment._Latest()),
    ):
        yield


@pytest.fixture
def token(settings: Settings) -> dict[str, str]:
    """The header that opens what only monitoring may see."""
    from dataclasses import replace

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, metrics_token=TOKEN)
    return {"Authorization": f"Bearer {TOKEN}"}
