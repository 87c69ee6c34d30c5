"""`manage.py desk`: asks for runs, stops and cancellations as lines on stdin wish, a JSON object each; answers on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from runs import bell, leases
from runs.launch import RunRequest, request_run
from runs.models import ObjectiveProfile
from runs.retrying import AWAY

Json = dict[str, Any]


def submit(wish: Json) -> Json:
    """A fresh run with the default profile and the limits of the wish."""
    wanted = RunRequest(profile=ObjectiveProfile.objects.get(is_default=True), **wish)
    return {"run": request_run(wanted, None, fresh=True).run.pk}


def stop(wish: Json) -> Json:
    return {"stopped": leases.stop(wish["run"], None, wish["reason"]).value}


def cancel(wish: Json) -> Json:
    return {"stopped": leases.cancel(wish["run"], None, wish["reason"]).value}


def ring(wish: Json) -> Json:
    return {"rung": bell.send(wish["run"])}


VERBS: dict[str, Callable[[Json], Json]] = {"submit": submit, "stop": stop, "cancel": cancel, "ring": ring}


def answer(line: str) -> Json:
    """What came of one line; `away` when the database could not be reached."""
    wish = json.loads(line)
    close_old_connections()
    try:
        return VERBS[wish.pop("do")](wish)
    except AWAY as error:
        return {"away": str(error)}


class Command(BaseCommand):
    help = "Asks for runs as JSON lines on stdin wish: for drills and benchmarks."
    requires_system_checks = ()

    def handle(self, *_arguments: object, **_options: object) -> None:
        for line in sys.stdin:
            self.stdout.write(json.dumps(answer(line)))
            self.stdout.flush()
