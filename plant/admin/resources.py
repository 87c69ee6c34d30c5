"""Work cells, machines, groups of machines and their downtime."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from plant.admin.calendars import render_preview
from plant.admin.formsets import DowntimeFormSet
from plant.admin.pages import PlantAdmin, PlantInline
from plant.models import Downtime, Machine, MachineGroup, WorkCell
from plant.preview import preview_machine


class MachineInline(PlantInline[Machine, WorkCell]):
    model = Machine
    fields = ["code", "name", "calendar", "capacity", "efficiency_percent", "setup_matrix", "is_active", "position"]
    autocomplete_fields = ["calendar", "setup_matrix"]
    show_change_link = True
    can_delete = False


@admin.register(WorkCell)
class WorkCellAdmin(PlantAdmin[WorkCell]):
    list_display = ["code", "name", "calendar", "wip_limit", "active_machines", "position"]
    list_editable = ["position"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["calendar"]
    list_select_related = ["calendar"]
    fieldsets = [(None, {"fields": [("code", "name"), "calendar", "wip_limit", "position"]})]
    inlines = [MachineInline]
    instead_of_deleting = "Move those to another cell first."

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkCell]:
        return super().get_queryset(request).annotate(machines_on=Count("machines", filter=Q(machines__is_active=True)))

    @admin.display(description="active machines")
    def active_machines(self, cell: WorkCell) -> int:
        return getattr(cell, "machines_on", 0)


class DowntimeInline(PlantInline[Downtime, Machine]):
    model = Downtime
    formset = DowntimeFormSet
    fields = ["start", "end", "kind", "reason"]


@admin.register(Machine)
class MachineAdmin(PlantAdmin[Machine]):
    list_display = ["code", "name", "cell", "capacity", "efficiency_percent", "setup_matrix", "follows", "is_active"]
    list_filter = ["cell", "is_active", "setup_matrix", "groups"]
    search_fields = ["code", "name"]
    list_select_related = ["cell__calendar", "calendar", "setup_matrix"]
    autocomplete_fields = ["cell", "calendar", "setup_matrix", "initial_family"]
    fieldsets = [
        (None, {"fields": [("code", "name"), "cell", ("is_active", "position")]}),
        ("When and how fast", {"fields": ["calendar", ("capacity", "efficiency_percent")]}),
        ("Changeovers", {"fields": ["setup_matrix", "initial_family"]}),
        ("The next 14 days, as saved", {"fields": ["next_days"]}),
    ]
    readonly_fields = ["next_days"]
    inlines = [DowntimeInline]
    instead_of_deleting = "Switch “active” off instead: it takes part in no new plan then, and its history stays."

    @admin.display(description="calendar")
    def follows(self, machine: Machine) -> str:
        return str(machine.calendar) if machine.calendar else f"{machine.cell.calendar} (of the cell)"

    @admin.display(description="open time")
    def next_days(self, machine: Machine) -> SafeString | str:
        if machine.pk is None:
            return "Shown after the machine has been saved."
        return render_preview(preview_machine(machine, timezone.now()))


@admin.register(MachineGroup)
class MachineGroupAdmin(PlantAdmin[MachineGroup]):
    list_display = ["code", "name", "members"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["machines"]
    instead_of_deleting = "Name other machines at those steps first."

    def get_queryset(self, request: HttpRequest) -> QuerySet[MachineGroup]:
        return super().get_queryset(request).prefetch_related("machines")

    @admin.display(description="machines")
    def members(self, group: MachineGroup) -> str:
        return ", ".join(machine.code for machine in group.machines.all())


@admin.register(Downtime)
class DowntimeAdmin(PlantAdmin[Downtime]):
    list_display = ["machine", "start", "end", "kind", "reason"]
    list_filter = ["kind", "machine__cell"]
    search_fields = ["machine__code", "machine__name", "reason"]
    autocomplete_fields = ["machine"]
    list_select_related = ["machine"]
    date_hierarchy = "start"
    fieldsets = [(None, {"fields": ["machine", ("start", "end"), "kind", "reason"]})]
