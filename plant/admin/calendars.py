"""Calendars with their shifts, their exceptions and what becomes of them in the next two weeks."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from plant.admin.formsets import ShiftForm, ShiftFormSet
from plant.admin.pages import PlantAdmin, PlantInline
from plant.models import Calendar, CalendarException, Shift
from plant.preview import Preview, preview_calendar


def render_preview(preview: Preview) -> SafeString:
    """The strip of the next days."""
    return render_to_string("admin/plant/preview.html", {"preview": preview})


class ShiftInline(PlantInline[Shift, Calendar]):
    model = Shift
    form = ShiftForm
    formset = ShiftFormSet
    fields = ["week", "weekday", "start_time", "end_time", "name"]


class ExceptionInline(PlantInline[CalendarException, Calendar]):
    model = CalendarException
    fields = ["start", "end", "is_open", "reason"]


@admin.register(Calendar)
class CalendarAdmin(PlantAdmin[Calendar]):
    list_display = ["name", "cycle_weeks", "observes_holidays", "shift_count", "open_hours"]
    list_filter = ["observes_holidays", "cycle_weeks"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", ("cycle_weeks", "cycle_anchor"), "observes_holidays"]}),
        ("The next 14 days, as saved", {"fields": ["next_days"]}),
    ]
    readonly_fields = ["next_days"]
    inlines = [ShiftInline, ExceptionInline]
    instead_of_deleting = "Give those another calendar first."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Calendar]:
        return super().get_queryset(request).annotate(shifts_made=Count("shifts"))

    @admin.display(description="shifts")
    def shift_count(self, calendar: Calendar) -> int:
        return getattr(calendar, "shifts_made", 0)

    @admin.display(description="open in the next 14 days")
    def open_hours(self, calendar: Calendar) -> str:
        return preview_calendar(calendar, timezone.now()).open_hours

    @admin.display(description="open time")
    def next_days(self, calendar: Calendar) -> SafeString | str:
        if calendar.pk is None:
            return "Shown after the calendar has been saved."
        return render_preview(preview_calendar(calendar, timezone.now()))
