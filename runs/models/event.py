"""What happened to a run, in order, and the schedules it found on the way."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from runs.models.run import Run


class EventKind(models.TextChoices):
    """What a run's event tells."""

    QUEUED = "queued"
    PROMOTED = "promoted"
    STARTED = "started"
    STAGE = "stage"
    IMPROVED = "improved"
    BOUND = "bound"
    STOPPING = "stopping"
    REQUEUED = "requeued"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunEvent(models.Model):
    """One thing that happened. Numbered 1, 2, 3 … without a gap in each run, append-only (a trigger sees to it).

    `event_uid` is drawn by the writer, so that a write whose answer was lost can be repeated without writing twice.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    attempt = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=EventKind)
    at = models.DateTimeField(db_default=Now())
    data = models.JSONField(default=dict)
    event_uid = models.UUIDField()

    class Meta:
        ordering = ["run", "seq"]
        constraints = [
            # catchup and the feed: WHERE run = ? AND seq > ? ORDER BY seq
            models.UniqueConstraint(fields=["run", "seq"], name="run_event_numbered"),
            # has this write arrived already: WHERE run = ? AND event_uid = ?
            models.UniqueConstraint(fields=["run", "event_uid"], name="run_event_once"),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="run_event_from_one"),
            models.CheckConstraint(condition=models.Q(kind__in=EventKind.values), name="run_event_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}#{self.seq} {self.kind}"


class Incumbent(models.Model):
    """A schedule that was the best so far, verified, as JSON (`Schedule.to_json`) and as the frame that browsers draw.

    `seq` is the number of its `improved` event. Incumbents that come faster than three in a second are thinned out; the last
    one of a run is always here.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="incumbents")
    seq = models.BigIntegerField()
    objective = models.BigIntegerField()
    measures = models.JSONField()
    schedule = models.JSONField()
    frame = models.BinaryField()
    stored_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["run", "seq"]
        constraints = [
            # the newest incumbent: WHERE run = ? ORDER BY seq DESC LIMIT 1
            models.UniqueConstraint(fields=["run", "seq"], name="incumbent_numbered"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}#{self.seq} {self.objective}"
