"""What was answered to a request that names itself, so that the same request sent twice does something once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Submission(models.Model):
    """An accepted request. Written in the transaction that did what it asks; forgotten after some days (`runs.housekeeping`)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200, help_text="Idempotency-Key, drawn by the client.")
    payload = models.CharField(max_length=64, help_text="Hash of what was asked.")
    # no foreign key: retention need not know of this table
    run = models.BigIntegerField(help_text="The run that the answer tells of; it may be gone.")
    body = models.TextField(help_text="The first answer, as it was sent.")
    status = models.PositiveSmallIntegerField(help_text="HTTP status of the first answer.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # has this been asked before: WHERE owner = ? AND key = ?
            models.UniqueConstraint(fields=["owner", "key"], name="submission_once"),
        ]
        indexes = [
            # forgetting: WHERE at < ?
            models.Index(fields=["at"], name="submission_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.owner_id}"
