"""Runs to look at, profiles and schedules to keep. What Celery's clock fires is not edited by hand: its admin is taken away.

The admin of django-celery-beat could call any task with any arguments at any time. Solve schedules say what they may say.
What Celery says about each message is a log, and logs are only read.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_celery_beat import models as beat
from django_celery_results.models import GroupResult, TaskResult

from plans.admin import ReadOnly
from runs.models import Heartbeat, Incumbent, ObjectiveProfile, Run, RunEvent, SolveSchedule
from runs.models.profile import TERMS
from runs.schedules import next_occurrences

NEXT = 5
LATEST = 10
RULE_FIELDS = {"is_enabled", "crontab", "interval_minutes"}

CELERYS_CLOCK = (beat.PeriodicTask, beat.CrontabSchedule, beat.IntervalSchedule, beat.SolarSchedule, beat.ClockedSchedule)

for model in (*CELERYS_CLOCK, GroupResult, TaskResult):
    admin.site.unregister(model)


@admin.register(TaskResult)
class TaskResultAdmin(ReadOnly[TaskResult]):
    list_display = ["task_name", "task_id", "status", "worker", "date_created", "date_done"]
    list_filter = ["task_name", "status", "worker"]
    search_fields = ["task_id", "task_args", "traceback"]
    date_hierarchy = "date_done"


@admin.register(Run)
class RunAdmin(ReadOnly[Run]):
    list_display = ["id", "state", "outcome", "best_objective", "requested_by", "schedule", "requested_at", "attempt", "failures"]
    list_filter = ["state", "outcome", "failure_code", "schedule"]
    list_select_related = ["requested_by", "schedule"]
    date_hierarchy = "requested_at"
    readonly_fields = ["events"]
    exclude = ["measures", "reasons"]

    @admin.display(description="events")
    def events(self, run: Run) -> SafeString:
        return format_html(
            '<a href="{}?run__id={}">{} events</a>', reverse("admin:runs_runevent_changelist"), run.pk, run.last_seq
        )


@admin.register(RunEvent)
class RunEventAdmin(ReadOnly[RunEvent]):
    list_display = ["run", "seq", "kind", "at", "attempt", "data"]
    list_filter = ["kind"]
    ordering = ["-id"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "run__id" or super().lookup_allowed(lookup, value, request)


@admin.register(Incumbent)
class IncumbentAdmin(ReadOnly[Incumbent]):
    list_display = ["run", "seq", "objective", "stored_at"]
    fields = ["run", "seq", "objective", "measures", "stored_at"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incumbent]:
        return super().get_queryset(request).defer("schedule", "frame")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly[Heartbeat]):
    list_display = ["process", "kind", "slots", "draining", "started_at", "seen_at"]
    list_filter = ["kind"]


@admin.register(ObjectiveProfile)
class ObjectiveProfileAdmin(admin.ModelAdmin[ObjectiveProfile]):
    list_display = ["name", "is_default", *TERMS]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "description", "is_default", "position"]}),
        ("What things cost", {"fields": TERMS}),
    ]


@admin.register(SolveSchedule)
class SolveScheduleAdmin(admin.ModelAdmin[SolveSchedule]):
    list_display = [
        "name",
        "is_enabled",
        "rule",
        "profile",
        "horizon_days",
        "limit_seconds",
        "next_one",
        "last_occurrence",
        "is_well",
    ]
    list_filter = ["is_enabled"]
    list_select_related = ["profile"]
    search_fields = ["name"]
    readonly_fields = ["coming", "latest_runs", "last_occurrence", "last_error"]
    fieldsets = [
        (None, {"fields": ["name", "is_enabled"]}),
        ("When", {"fields": ["crontab", "interval_minutes", "grace_minutes", "coming"]}),
        ("What", {"fields": ["profile", "horizon_days", "limit_seconds", "threads", "memory_mb"]}),
        ("What came of it", {"fields": ["latest_runs", "last_occurrence", "last_error"]}),
    ]

    def save_model(self, request: HttpRequest, obj: SolveSchedule, form: ModelForm[SolveSchedule], change: Any) -> None:
        """A rule that has just begun to hold asks for nothing that lies before it."""
        if RULE_FIELDS & set(form.changed_data):
            obj.watch_from = timezone.now()
        super().save_model(request, obj, form, change)

    @admin.display(description="when")
    def rule(self, schedule: SolveSchedule) -> str:
        return schedule.crontab or f"every {schedule.interval_minutes} min"

    @admin.display(description="next")
    def next_one(self, schedule: SolveSchedule) -> str:
        return _times(schedule, 1)[0] if schedule.is_enabled else "–"

    @admin.display(description="well", boolean=True)
    def is_well(self, schedule: SolveSchedule) -> bool:
        return not schedule.last_error

    @admin.display(description="next occurrences")
    def coming(self, schedule: SolveSchedule) -> str:
        return format_html_join("", "{}<br>", ((text,) for text in _times(schedule, NEXT))) if schedule.pk else "–"

    @admin.display(description="latest runs")
    def latest_runs(self, schedule: SolveSchedule) -> str:
        latest = schedule.runs.order_by("-id")[:LATEST] if schedule.pk else []
        links = (
            (reverse("admin:runs_run_change", args=[run.pk]), run, timezone.localtime(run.scheduled_for), run.get_state_display())
            for run in latest
        )
        return format_html_join("", '<a href="{}">{}</a> for {}: {}<br>', links) or "–"


def _times(schedule: SolveSchedule, count: int) -> list[str]:
    """The next occurrences by the plant's clock, in words."""
    return [f"{instant:%a %d %b %Y %H:%M %Z}" for instant in next_occurrences(schedule, count)]
