"""Each attempt at a run: who made it, with what, how it ended, and the last words of its solver."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from runs.models.run import FailureCode, Run


class Ending(models.TextChoices):
    """How an attempt ended."""

    FINISHED = "finished", "Came to an answer"
    CANCELLED = "cancelled", "Was cancelled"
    GIVEN_BACK = "given_back", "Was given back by a worker that shut down"
    FAILED = "failed", "Went wrong"
    LOST = "lost", "Was lost with its process"


class Attempt(models.Model):
    """Opened by the claim, closed by whoever ends it: its holder, or the steward in the place of one that is gone.

    Written by `runs.leases`, in the statements that change the run. A trigger refuses to change one that is closed.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField(help_text="The run's attempt.")
    owner = models.CharField(max_length=200, help_text="Worker name / task id.")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Ending, blank=True, default="")
    failure_code = models.CharField(max_length=20, choices=FailureCode, blank=True, default="")
    why = models.TextField(blank=True, default="", help_text="Why it ended, in a sentence.")
    log_tail = models.TextField(blank=True, default="", help_text="The last words of the solver process.")
    peak_memory_mb = models.PositiveIntegerField(null=True, blank=True, help_text="Most resident memory of the solver process.")
    threads = models.PositiveSmallIntegerField(null=True, blank=True)
    seed = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            # the attempts of a run: WHERE run = ? ORDER BY number
            models.UniqueConstraint(fields=["run", "number"], name="attempt_numbered"),
            models.CheckConstraint(
                condition=Q(outcome="", ended_at__isnull=True) | Q(outcome__in=Ending.values, ended_at__isnull=False),
                name="attempt_outcome_iff_ended",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=[Ending.FAILED, Ending.LOST], failure_code__in=FailureCode.values)
                | Q(failure_code="") & ~Q(outcome__in=[Ending.FAILED, Ending.LOST]),
                name="attempt_failure_iff_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number} {self.outcome}"
