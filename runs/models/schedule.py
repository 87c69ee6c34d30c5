"""When runs start by themselves: solve schedules, kept by admins."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from runs.models.limits import LEAST_SECONDS, MOST_DAYS, MOST_GAP_PERCENT, MOST_MEMORY_MB, MOST_SECONDS, MOST_THREADS
from runs.models.profile import ObjectiveProfile
from runs.occurrences import Crontab, CrontabError

LONGEST_INTERVAL_MINUTES = 366 * 24 * 60
LONGEST_GRACE_MINUTES = 7 * 24 * 60
ONE_RULE = "Give either a crontab or an interval."


class Misfire(models.TextChoices):
    """What becomes of occurrences for which nobody was there."""

    LATEST = "latest", "Run once for the latest of them, within the grace"
    SKIP = "skip", "Skip them"


class SolveSchedule(models.Model):
    """What to solve, when, and with which limits. `runs.schedules` makes one run for each occurrence.

    When: either `crontab`, read in the plant's time zone, or every `interval_minutes` since `watch_from`.
    """

    name = models.CharField(max_length=80, unique=True)
    is_enabled = models.BooleanField("enabled", default=True)
    crontab = models.CharField(
        max_length=120,
        blank=True,
        default="",
        help_text="Minute, hour, day, month, day of week by the plant's clock: “30 5 * * mon-fri” is 05:30 on working days.",
    )
    interval_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_INTERVAL_MINUTES)],
        help_text="Instead of a crontab: every so many minutes.",
    )
    misfire = models.CharField(
        "after an outage",
        max_length=6,
        choices=Misfire,
        default=Misfire.LATEST,
        help_text="What becomes of occurrences that were missed while the site was down.",
    )
    grace_minutes = models.PositiveIntegerField(
        default=60,
        validators=[MaxValueValidator(LONGEST_GRACE_MINUTES)],
        help_text="The latest missed occurrence is made up for if it is no older than this.",
    )
    horizon_days = models.PositiveSmallIntegerField(default=14, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)])
    profile = models.ForeignKey(ObjectiveProfile, on_delete=models.PROTECT, related_name="schedules")
    limit_seconds = models.PositiveIntegerField(
        default=300,
        validators=[MinValueValidator(LEAST_SECONDS), MaxValueValidator(MOST_SECONDS)],
        help_text="Seconds of search at most.",
    )
    gap_percent = models.FloatField(
        default=0.0,
        db_default=0.0,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_GAP_PERCENT)],
        help_text="The search ends when at most so much better is possible. 0: only the best.",
    )
    threads = models.PositiveSmallIntegerField(default=2, validators=[MinValueValidator(1), MaxValueValidator(MOST_THREADS)])
    memory_mb = models.PositiveIntegerField(default=2048, validators=[MinValueValidator(128), MaxValueValidator(MOST_MEMORY_MB)])
    watch_from = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text="Occurrences before it are none of its business: when it was last enabled.",
    )
    last_occurrence = models.DateTimeField(null=True, blank=True, editable=False, help_text="The latest one that was dealt with.")
    last_error = models.TextField(blank=True, default="", editable=False, help_text="Why the latest occurrence made no run.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(crontab="", interval_minutes__isnull=False, interval_minutes__gte=1)
                | Q(interval_minutes__isnull=True) & ~Q(crontab=""),
                name="solve_schedule_one_rule",
                violation_error_message=ONE_RULE,
            ),
            models.CheckConstraint(
                condition=Q(
                    limit_seconds__gte=LEAST_SECONDS,
                    limit_seconds__lte=MOST_SECONDS,
                    threads__gte=1,
                    threads__lte=MOST_THREADS,
                    memory_mb__gte=128,
                    memory_mb__lte=MOST_MEMORY_MB,
                    gap_percent__gte=0,
                    gap_percent__lte=MOST_GAP_PERCENT,
                    horizon_days__gte=1,
                    horizon_days__lte=MOST_DAYS,
                ),
                name="solve_schedule_limits_sane",
            ),
            models.CheckConstraint(condition=Q(misfire__in=Misfire.values), name="solve_schedule_misfire_known"),
            # beyond these an occurrence would lie outside the years that there are
            models.CheckConstraint(
                condition=Q(grace_minutes__lte=LONGEST_GRACE_MINUTES)
                & (Q(interval_minutes__isnull=True) | Q(interval_minutes__lte=LONGEST_INTERVAL_MINUTES)),
                name="solve_schedule_spans_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What the constraint of the rule says, at a field and in words, and whether the crontab is one."""
        if bool(self.crontab) == (self.interval_minutes is not None):
            raise ValidationError({"crontab": ONE_RULE})
        if not self.crontab:
            return
        try:
            Crontab.parse(self.crontab)
        except CrontabError as error:
            raise ValidationError({"crontab": str(error)}) from error
