"""What is remembered of questions asked a moment ago, so that asking again costs no reading of the plant (`snapshot.memory`)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from plans.models.snapshot import Snapshot


class PlantChange(models.Model):
    """A transaction that touched rows problems are made of. Triggers write it (`plans.snapshot.watch`), one row each.

    Gone when every remembered question was asked after it.
    """

    xid = models.BigIntegerField(primary_key=True, help_text="pg_current_xact_id of the transaction.")

    def __str__(self) -> str:
        return f"change {self.xid}"


class KnownQuestion(models.Model):
    """What became of a question the last time it was asked: a snapshot, or the faults that stood in the way.

    `seen` is the pg_snapshot in which the plant was read: what has been committed and is not visible in it is news.
    """

    question = models.CharField(max_length=64, unique=True, help_text="Hash of tick 0, planned days and objective.")
    seen = models.TextField()
    server_started = models.DateTimeField(help_text="Transaction numbers mean something only within one life of the server.")
    published = models.BigIntegerField(null=True, help_text="The published plan; it never changes under its number.")
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )  # no constraint: retention need not know of this table
    faults: models.JSONField[list[dict[str, str]], list[dict[str, str]]] = models.JSONField(default=list)
    asked_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"question {self.question[:12]}"
