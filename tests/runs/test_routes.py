"""Every task has its queue."""

from __future__ import annotations

from io import StringIO

from celery import current_app
from django.core.management import call_command

from runs.management.commands.verify_routes import route_faults
from runs.queues import ROUTES, SOLVE, SOLVE_QUEUE


def test_routes_and_tasks_fit() -> None:
    out = StringIO()
    call_command("verify_routes", stdout=out)
    assert "Every task has its queue." in out.getvalue()


def test_what_does_not_fit_is_named() -> None:
    assert route_faults(set(ROUTES) | {"runs.other", "celery.chord"}) == ["Task runs.other has no route."]
    assert route_faults({SOLVE}) == ["Route runs.tick leads a task that does not exist."]


def test_a_solve_goes_to_the_solve_queue() -> None:
    route = current_app.amqp.router.route({}, SOLVE)
    assert route["queue"].name == SOLVE_QUEUE
