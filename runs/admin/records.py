"""What happened, to look at: runs with events, attempts and incumbents, processes, and what Celery says about each message."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_celery_results.models import GroupResult, TaskResult

from plans.admin import ReadOnly
from runs.models import Attempt, Heartbeat, Incumbent, Run, RunEvent

for model in (GroupResult, TaskResult):
    admin.site.unregister(model)


@admin.register(TaskResult)
class TaskResultAdmin(ReadOnly[TaskResult]):
    list_display = ["task_name", "task_id", "status", "worker", "date_created", "date_done"]
    list_filter = ["task_name", "status", "worker"]
    search_fields = ["task_id", "task_args", "traceback"]
    date_hierarchy = "date_done"


@admin.register(Run)
class RunAdmin(ReadOnly[Run]):
    list_display = [
        "id",
        "state",
        "outcome",
        "best_objective",
        "priority",
        "requested_by",
        "schedule",
        "requested_at",
        "attempt",
        "failures",
    ]
    list_filter = ["state", "outcome", "failure_code", "priority", "fallback", "schedule"]
    list_select_related = ["requested_by", "schedule"]
    date_hierarchy = "requested_at"
    readonly_fields = ["events", "its_attempts"]
    exclude = ["measures", "reasons"]

    @admin.display(description="events")
    def events(self, run: Run) -> SafeString:
        return _of_the_run(run, "runevent", f"{run.last_seq} events")

    @admin.display(description="attempts")
    def its_attempts(self, run: Run) -> SafeString:
        return _of_the_run(run, "attempt", f"{run.attempt} attempts")


@admin.register(RunEvent)
class RunEventAdmin(ReadOnly[RunEvent]):
    list_display = ["run", "seq", "kind", "at", "attempt", "data"]
    list_filter = ["kind"]
    ordering = ["-id"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "run__id" or super().lookup_allowed(lookup, value, request)


@admin.register(Attempt)
class AttemptAdmin(ReadOnly[Attempt]):
    list_display = [
        "run",
        "number",
        "owner",
        "began_at",
        "ended_at",
        "outcome",
        "failure_code",
        "peak_memory_mb",
        "threads",
        "seed",
    ]
    list_filter = ["outcome", "failure_code"]
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
    list_display = ["process", "kind", "slots", "memory_mb", "draining", "started_at", "seen_at"]
    list_filter = ["kind"]


def _of_the_run(run: Run, model: str, words: str) -> SafeString:
    return format_html('<a href="{}?run__id={}">{}</a>', reverse(f"admin:runs_{model}_changelist"), run.pk, words)
