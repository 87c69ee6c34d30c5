"""Whether runs are searched at all, or answered by dispatching rules because searching fails again and again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from runs.models.run import Run


class BreakerState(models.TextChoices):
    """The words are those of an electric circuit: closed is the good state."""

    CLOSED = "closed", "Solving works"
    OPEN = "open", "Solving fails: dispatching rules answer"
    TRIAL = "trial", "One run tries whether solving works again"


class Breaker(models.Model):
    """The one row of `runs.circuit`, made when it is first needed; without it the circuit is closed."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    state = models.CharField(max_length=6, choices=BreakerState, default=BreakerState.CLOSED)
    since = models.DateTimeField(db_default=Now(), help_text="Of the state. Only runs that ended later are counted.")
    reason = models.TextField(blank=True, default="")
    cool_down_seconds = models.FloatField(default=0.0, help_text="Before the next trial; grows with each that fails.")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="From when a run may be the trial.")
    trial = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="breaker_only_one"),
            models.CheckConstraint(
                condition=Q(state=BreakerState.OPEN, retry_at__isnull=False)
                | Q(state__in=[BreakerState.CLOSED, BreakerState.TRIAL], retry_at__isnull=True),
                name="breaker_retries_iff_open",
            ),
            models.CheckConstraint(
                condition=Q(trial__isnull=True) | Q(state=BreakerState.TRIAL), name="breaker_tries_only_in_trial"
            ),
        ]

    def __str__(self) -> str:
        return self.state
