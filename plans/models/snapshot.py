"""The frozen question, stored once however often it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from solver.problem import Problem

if TYPE_CHECKING:
    from plans.labels import Labels


class Snapshot(models.Model):
    """A `solver.Problem` as JSON under its canonical hash, and the names that only people need.

    The same plant, plan and actuals asked about in the same quarter of an hour are the same row.
    """

    hash = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the canonical problem.")
    problem: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField(
        editable=False, help_text="The frozen question, schema taktline.problem/1."
    )
    labels: models.JSONField[Labels, Labels] = models.JSONField(
        editable=False, help_text="Names for people that the search does not need: products, customers, families, skills, zone."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # The admin's list, newest first.
            models.Index(fields=["-created_at"], name="snapshot_newest"),
        ]

    def __str__(self) -> str:
        return f"Snapshot {self.hash[:12]}"

    def as_problem(self) -> Problem:
        """The question as the solver takes it; raises ProblemFormatError if the stored JSON is not one."""
        return Problem.from_json(self.problem)
