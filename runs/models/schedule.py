"""When runs start by themselves: solve schedules, kept by admins."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from runs.models.limits import MOST_DAYS, MOST_MEMORY_MB, MOST_SECONDS, MOST_THREADS
from runs.models.profile import ObjectiveProfile
from runs.occurrences import Crontab, CrontabError

LONGEST_INTERVAL_MINUTES = 366 * 24 * 60
LONGEST_GRACE_MINUTES = 7 * 24 * 60


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
    grace_minutes = models.PositiveIntegerField(
        default=60,
        validators=[MaxValueValidator(LONGEST_GRACE_MINUTES)],
        help_text="After an outage the latest missed occurrence is made up for if it is no older than this.",
    )
    horizon_days = models.PositiveSmallIntegerField(default=14, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)])
    profile = models.ForeignKey(ObjectiveProfile, on_delete=models.PROTECT, related_name="schedules")
    limit_seconds = models.PositiveIntegerField(
        default=300, validators=[MinValueValidator(1), MaxValueValidator(MOST_SECONDS)], help_text="Seconds of search at most."
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
                violation_error_message="Give either a crontab or an interval.",
            ),
            models.CheckConstraint(
                condition=Q(
                    limit_seconds__gte=1,
                    limit_seconds__lte=MOST_SECONDS,
                    threads__gte=1,
                    threads__lte=MOST_THREADS,
                    memory_mb__gte=128,
                    memory_mb__lte=MOST_MEMORY_MB,
                    horizon_days__gte=1,
                    horizon_days__lte=MOST_DAYS,
                ),
                name="solve_schedule_limits_sane",
            ),
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
        if not self.crontab:
            return
        try:
            Crontab.parse(self.crontab)
        except CrontabError as error:
            raise ValidationError({"crontab": str(error)}) from error
