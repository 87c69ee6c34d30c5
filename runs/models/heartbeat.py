"""Which processes are alive: a row each, renewed by the process itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Value
from django.db.models.functions import Now


class ProcessKind(models.TextChoices):
    """What a process does."""

    WEB = "web", "Web"
    SOLVE = "solve", "Solve worker"
    WORKER = "worker", "Worker"
    STEWARD = "steward", "Steward"
    BEAT = "beat", "Schedule clock"


class Heartbeat(models.Model):
    """A process that said it is alive at `seen_at`, and what it said of itself.

    `slots`: how many tasks a worker executes side by side. `doing`: those it works on, each {"task": name, "since": ISO 8601}.
    Its processes are itself and everything that it started; the solver's are among a solve worker's.
    """

    process = models.CharField(max_length=200, primary_key=True)
    kind = models.CharField(max_length=8, choices=ProcessKind)
    slots = models.PositiveSmallIntegerField(default=0)
    queues = models.CharField(max_length=200, blank=True, db_default="", help_text="That a worker serves, by comma.")
    memory_mb = models.PositiveIntegerField(db_default=0, help_text="Resident memory of all its processes.")
    largest_mb = models.PositiveIntegerField(db_default=0, help_text="Resident memory of the largest of its processes.")
    sockets = models.PositiveIntegerField(null=True, blank=True, help_text="Websockets that a web process holds open.")
    doing = models.JSONField(db_default=Value([], models.JSONField()), blank=True)
    draining = models.BooleanField(default=False, help_text="Is shutting down and claims nothing any more.")
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        permissions = [("operate", "Can see how the site is, and close the circuit")]
        ordering = ["kind", "process"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.process}"
