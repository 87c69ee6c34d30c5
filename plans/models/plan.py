"""A plan and its placements. A published plan does not change: triggers in the database see to it (migration 0002)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from plans.models.snapshot import Snapshot

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Plan(models.Model):
    """An answer that people work with: a draft to look at and edit, the published one, or a former one."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"

    number = models.PositiveIntegerField(unique=True, editable=False, help_text="Counts up, never used twice.")
    name = models.CharField(max_length=120, help_text="What planners call it; “Draft 12” unless they say otherwise.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="plans", help_text="The question it answers.")
    objective = models.BigIntegerField(
        help_text="Weighted sum of the measures, or of those in the first tier if there are tiers; lower is better."
    )
    measures: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(
        help_text="Terms of the objective, unweighted, in ticks or counts."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by: models.ForeignKey[User | None, User | None] = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                name="plan_state_known",
                condition=Q(state__in=["draft", "published", "archived"]),
                violation_error_message="A plan is a draft, published or archived.",
            ),
            # The shop floor works to one plan.
            models.UniqueConstraint(
                name="plan_published_once",
                fields=["state"],
                condition=Q(state="published"),
                violation_error_message="There is a published plan already.",
            ),
            models.CheckConstraint(
                name="plan_published_has_date",
                condition=Q(state="draft", published_at__isnull=True) | (~Q(state="draft") & Q(published_at__isnull=False)),
                violation_error_message="A published plan has the date of its publishing, a draft has none.",
            ),
        ]
        indexes = [
            # The list of plans by state, newest first; and "the published plan" of every freeze.
            models.Index(fields=["state", "-number"], name="plan_by_state"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def counted(cls) -> models.QuerySet[Plan]:
        """All plans with `placement_count`, which is counted only for the rows that are fetched: one page of thousands."""
        placed = Placement.objects.filter(plan=OuterRef("pk")).order_by().values("plan").annotate(count=Count("pk"))
        return cls.objects.annotate(placement_count=Coalesce(Subquery(placed.values("count")), 0))


class Placement(models.Model):
    """Where and when a plan has one operation. The keys are the problem's ids, so that a plan outlives the rows it was made from.

    `operators`: for each crew requirement the ids of the people who fill it.
    `pauses`: pairs of ISO 8601 instants between which work stands still.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="placements")
    operation_key = models.CharField(max_length=100)
    operation = models.ForeignKey("plant.Operation", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    machine_key = models.CharField(max_length=100)
    machine = models.ForeignKey("plant.Machine", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    setup_start = models.DateTimeField()
    start = models.DateTimeField(help_text="Where the run begins, after the setup.")
    run_end = models.DateTimeField(help_text="The material is ready for the next operation.")
    end = models.DateTimeField(help_text="The machine is free again.")
    operators: models.JSONField[list[list[str]], list[list[str]]] = models.JSONField(default=list, blank=True)
    pauses: models.JSONField[list[list[str]], list[list[str]]] = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["plan", "setup_start", "id"]
        constraints = [
            models.UniqueConstraint(name="placement_once_in_plan", fields=["plan", "operation_key"]),
            models.CheckConstraint(
                name="placement_phases_in_order",
                condition=Q(setup_start__lte=F("start")) & Q(start__lte=F("run_end")) & Q(run_end__lte=F("end")),
                violation_error_message="Setup, run and teardown follow one another.",
            ),
        ]
        indexes = [
            # A machine's list of work within a plan, in order of time.
            models.Index(fields=["plan", "machine_key", "setup_start"], name="placement_by_machine"),
        ]

    def __str__(self) -> str:
        return f"{self.operation_key} on {self.machine_key}"
