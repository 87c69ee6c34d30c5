"""When Celery's clock fires what `runs.clock` allows: name, rule, on or off.

django-celery-beat's own pages could call any task with any arguments at any time, so they are taken away. Names are in quotes in
messages: the admin makes the first letter of each a capital.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from celery import current_app
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from kombu.exceptions import OperationalError

from runs.clock import BARE, PERIODIC

M = TypeVar("M", bound=Model)

LEAST_SECONDS = 5
MOST_DAYS = 366

for model in (PeriodicTask, CrontabSchedule, IntervalSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(model)


class PeriodicTaskForm(forms.ModelForm[PeriodicTask]):
    """One of the tasks of the table, and either an interval or a crontab."""

    task = forms.ChoiceField(choices=[(task, f"{task}: {periodic.purpose}") for task, periodic in PERIODIC.items()])

    class Meta:
        model = PeriodicTask
        fields = ["name", "task", "description", "enabled", "interval", "crontab"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("interval")) == bool(cleaned.get("crontab")):
            self.add_error("interval", "Give either an interval or a crontab.")
        return cleaned

    def validate_unique(self) -> None:
        """Celery's model would count the rules once more, those that are not to be had here among them."""
        if not self.errors:
            super().validate_unique()


class ClockAdmin(admin.ModelAdmin[M]):
    """Deletes no row of the site's own, and says which ones those are."""

    delete_confirmation_template = "admin/plant/delete_confirmation.html"
    delete_selected_confirmation_template = "admin/plant/delete_selected_confirmation.html"

    def get_deleted_objects(
        self, objs: QuerySet[Any] | Iterable[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Django's answer, with why it cannot be instead of what it would take."""
        rows = list(objs)
        deleted, counts, missing, _ = super().get_deleted_objects(rows, request)
        return deleted, counts, missing, [reason for row in rows for reason in _why_kept(row)]


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ClockAdmin[PeriodicTask]):
    form = PeriodicTaskForm
    list_display = ["name", "description", "enabled", "rule", "last_run_at", "total_run_count"]
    list_editable = ["enabled"]
    list_filter = ["enabled"]
    list_select_related = ["interval", "crontab", "solar", "clocked"]
    search_fields = ["name", "task"]
    readonly_fields = ["last_run_at", "total_run_count"]
    actions = ["run_tasks"]
    fieldsets = [
        (None, {"fields": ["name", "task", "description", "enabled"]}),
        ("When", {"fields": ["interval", "crontab"]}),
        ("What came of it", {"fields": ["last_run_at", "total_run_count"]}),
    ]

    def save_model(self, request: HttpRequest, obj: PeriodicTask, form: forms.ModelForm[PeriodicTask], change: Any) -> None:
        """Nothing but a task of the table, without arguments, in the queue of the table: on whatever page it is saved."""
        if obj.task not in PERIODIC:
            raise PermissionDenied(f"{obj.task} is no task of the clock.")
        for name, value in BARE.items():
            setattr(obj, name, value)
        obj.expire_seconds = PERIODIC[obj.task].expire_seconds
        obj.solar = obj.clocked = None
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The oldest row of each task, whatever it is called by now, belongs to the site: it is switched off, not deleted."""
        return super().has_delete_permission(request, obj) and not (isinstance(obj, PeriodicTask) and _is_the_sites(obj))

    @admin.display(description="when")
    def rule(self, row: PeriodicTask) -> str:
        return str(row.scheduler)

    @admin.action(description="Run selected tasks now", permissions=["change"])
    def run_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        for row in queryset:
            if row.task not in PERIODIC:
                self.message_user(request, f"“{row.name}”: {row.task} is no task of the clock.", messages.ERROR)
                continue
            try:
                current_app.send_task(row.task, retry=False)
            except OperationalError as error:
                self.message_user(request, f"“{row.name}”: the broker is away ({error}).", messages.ERROR)
            else:
                self.message_user(request, f"“{row.name}” has been asked for.", messages.SUCCESS)


def _is_the_sites(row: PeriodicTask) -> bool:
    return row.task in PERIODIC and not PeriodicTask.objects.filter(task=row.task, pk__lt=row.pk).exists()


def _why_kept(row: Model) -> Iterator[str]:
    """In sentences, why a task, an interval or a crontab stays."""
    if isinstance(row, PeriodicTask):
        if _is_the_sites(row):
            yield f"“{row.name}” is the site's own. Switch it off instead."
    elif isinstance(row, IntervalSchedule | CrontabSchedule):
        for task in filter(_is_the_sites, row.periodictask_set.all()):
            yield f"“{row}” is when “{task.name}” comes, which is the site's own. Give that another interval or crontab first."


class IntervalForm(forms.ModelForm[IntervalSchedule]):
    """Nothing so often that it does nothing else."""

    class Meta:
        model = IntervalSchedule
        fields = ["every", "period"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            seconds = IntervalSchedule(**cleaned).schedule.run_every.total_seconds()
        except OverflowError:
            seconds = float("inf")
        if seconds > MOST_DAYS * 86_400:  # far beyond it there is no such year, and the clock would stop
            raise forms.ValidationError(f"At least once in {MOST_DAYS} days.")
        if seconds < LEAST_SECONDS:
            raise forms.ValidationError(f"At most once in {LEAST_SECONDS} seconds.")
        return cleaned


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(ClockAdmin[IntervalSchedule]):
    form = IntervalForm


class CrontabForm(forms.ModelForm[CrontabSchedule]):
    """Nothing that never comes: Celery refuses it each time it looks, and so does whatever page shows it."""

    class Meta:
        model = CrontabSchedule
        fields = ["minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                CrontabSchedule(**cleaned).schedule  # noqa: B018 - it is made to see whether it can be
            except ValueError as reason:
                raise forms.ValidationError(str(reason)) from None
        return cleaned


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(ClockAdmin[CrontabSchedule]):
    form = CrontabForm
    list_display = ["__str__", "human_readable"]
    fields = ["minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone"]
