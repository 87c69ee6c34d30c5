"""Who is seen, who ends, and who takes over the name of a dead process."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from runs import liveness
from runs.models import Heartbeat
from runs.models.heartbeat import ProcessKind

pytestmark = pytest.mark.django_db


def test_a_process_is_seen_again_and_again_in_one_row() -> None:
    liveness.seen("solve@here", ProcessKind.SOLVE, 2)
    first = Heartbeat.objects.get()
    liveness.seen("solve@here", ProcessKind.SOLVE, 3)
    again = Heartbeat.objects.get()
    assert (again.kind, again.slots, again.started_at) == (ProcessKind.SOLVE, 3, first.started_at)
    assert again.seen_at > first.seen_at


def test_a_worker_that_was_killed_while_shutting_down_comes_back_to_work() -> None:
    liveness.begun("solve@here", ProcessKind.SOLVE, 2)
    liveness.draining("solve@here")
    liveness.seen("solve@here", ProcessKind.SOLVE, 2)
    assert liveness.is_draining("solve@here/task-1"), "a heartbeat does not call the shutdown off"
    liveness.begun("solve@here", ProcessKind.SOLVE, 2)
    assert not liveness.is_draining("solve@here/task-1")


def test_who_leaves_is_gone_and_who_is_long_dead_is_forgotten() -> None:
    for name in ("steward@a/1", "steward@b/2", "steward@c/3"):
        liveness.seen(name, ProcessKind.STEWARD)
    liveness.gone("steward@a/1")
    Heartbeat.objects.filter(process="steward@b/2").update(seen_at=timezone.now() - timedelta(hours=2))
    liveness.forget()
    assert [seen.process for seen in Heartbeat.objects.all()] == ["steward@c/3"]
