"""Which processes are alive: a row each, renewed by the process itself."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class ProcessKind(models.TextChoices):
    """What a process does."""

    SOLVE = "solve", "Solve worker"
    STEWARD = "steward", "Steward"
    BEAT = "beat", "Schedule clock"


class Heartbeat(models.Model):
    """A process that said it is alive at `seen_at`. `slots`: how many runs a solve worker executes side by side."""

    process = models.CharField(max_length=200, primary_key=True)
    kind = models.CharField(max_length=8, choices=ProcessKind)
    slots = models.PositiveSmallIntegerField(default=0)
    draining = models.BooleanField(default=False, help_text="Is shutting down and claims nothing any more.")
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["kind", "process"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.process}"
