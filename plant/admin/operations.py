"""Single operations: machines, crew, what comes before, and what the shop floor reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from plant.admin.pages import PlantAdmin, PlantInline
from plant.editing import NotPossible, finish_operation, give_machines, hold_operation, mark_edited, put_in_sequence, retime
from plant.links import admin_url
from plant.models import Operation, OperationAttendance, OperationCrew, OperationLink, OperationMode

# A change to one of these makes an operation "edited by hand"; what was reported and whether it is held does not.
PLANNED_FIELDS = {"number", "name", "cell", "setup_family", "setup_minutes", "run_minutes", "teardown_minutes", "may_pause"}
PLANNED_ROWS = (OperationMode, OperationCrew, OperationLink)


class ModeInline(PlantInline[OperationMode, Operation]):
    model = OperationMode
    fields = ["machine", "setup_minutes", "run_minutes", "teardown_minutes", "cost"]
    autocomplete_fields = ["machine"]


class CrewInline(PlantInline[OperationCrew, Operation]):
    model = OperationCrew
    fields = ["skill", "level", "count", "phase"]
    autocomplete_fields = ["skill"]


class BeforeInline(PlantInline[OperationLink, Operation]):
    """Links are edited where they arrive: an operation names what it waits for."""

    model = OperationLink
    fk_name = "after"
    fields = ["before", "min_wait_minutes", "max_wait_minutes"]
    autocomplete_fields = ["before"]
    verbose_name = "operation that must run before"
    verbose_name_plural = "Comes after"


class AttendanceInline(PlantInline[OperationAttendance, Operation]):
    model = OperationAttendance
    fields = ["operator"]
    autocomplete_fields = ["operator"]


class StateFilter(admin.SimpleListFilter):
    """The four states of an operation."""

    title = "state"
    parameter_name = "state"
    QUERIES: Mapping[str, Mapping[str, bool | None]] = {
        "open": {"actual_start": None, "is_held": False},
        "held": {"actual_start": None, "is_held": True},
        "started": {"actual_start__isnull": False, "actual_end": None},
        "done": {"actual_end__isnull": False},
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - the signature is Django's
        return [(state, state.capitalize()) for state in self.QUERIES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - the signature is Django's
        return queryset.filter(**self.QUERIES.get(self.value() or "", {}))


@admin.register(Operation)
class OperationAdmin(PlantAdmin[Operation]):
    list_display = [
        "order",
        "number",
        "name",
        "cell",
        "state",
        "machines",
        "run_minutes",
        "actual_machine",
        "actual_start",
        "actual_end",
    ]
    list_display_links = ["name"]
    list_filter = [StateFilter, "cell", "is_edited", "order__status", "order__product"]
    search_fields = ["order__number", "name", "order__product__name", "order__customer"]
    list_select_related = ["order__product", "cell", "actual_machine"]
    autocomplete_fields = ["order", "step", "cell", "setup_family", "actual_machine"]
    readonly_fields = ["state", "comes_before"]
    fieldsets = [
        (None, {"fields": ["order", ("number", "name"), "cell", ("state", "is_held")]}),
        ("Times and setup", {"fields": [("setup_minutes", "run_minutes", "teardown_minutes"), "may_pause", "setup_family"]}),
        ("What the shop floor reported", {"fields": ["actual_machine", ("actual_start", "actual_end"), "done_quantity"]}),
        ("Where it came from", {"fields": ["step", "is_edited", "comes_before"]}),
    ]
    inlines = [ModeInline, CrewInline, BeforeInline, AttendanceInline]
    actions = ["hold", "release", "mark_done"]
    instead_of_deleting = "Hold it, or cancel its order, instead."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operation]:
        return super().get_queryset(request).prefetch_related("modes__machine")

    def why_kept(self, row: Operation) -> Iterator[str]:
        if row.actual_start:
            yield f"{row} has been worked on; its history stays. {self.instead_of_deleting}"

    @admin.display(description="machines")
    def machines(self, operation: Operation) -> str:
        return ", ".join(mode.machine.code for mode in operation.modes.all()) or "none"

    @admin.display(description="must run before")
    def comes_before(self, operation: Operation) -> SafeString | str:
        if operation.pk is None:
            return "nothing yet"
        following = [link.after for link in operation.links_after.select_related("after__order")]
        pages = ((admin_url(f"operation:{after.pk}"), after) for after in following)
        return format_html_join(", ", '<a href="{}">{}</a>', pages) or format_html("{}", "nothing")

    def save_model(self, request: HttpRequest, obj: Operation, form: forms.ModelForm[Operation], change: bool) -> None:  # noqa: FBT001 - the signature is Django's
        """A change of the planned part makes it edited by hand; its machines follow new times."""
        before = Operation.objects.get(pk=obj.pk) if change else None
        if change and PLANNED_FIELDS & set(form.changed_data):
            obj.is_edited = True
        super().save_model(request, obj, form, change)
        if before:
            retime(obj, before)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 - the signature is Django's
        super().save_formset(request, form, formset, change)
        touched = [*formset.new_objects, *(row for row, _ in formset.changed_objects), *formset.deleted_objects]
        planned = [row for row in touched if isinstance(row, PLANNED_ROWS)]
        if planned:
            links = [row for row in planned if isinstance(row, OperationLink)]
            mark_edited({form.instance.pk, *(link.before_id for link in links)})

    def save_related(self, request: HttpRequest, form: forms.ModelForm[Operation], formsets: Any, change: bool) -> None:  # noqa: FBT001 - the signature is Django's
        """An operation added without machines or links gets those of its cell and its neighbours."""
        super().save_related(request, form, formsets, change)
        operation = form.instance
        if not change and not operation.modes.exists():
            give_machines(operation)
        if not change and not operation.links_before.exists():
            put_in_sequence(operation)

    @admin.action(description="Hold", permissions=["change"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Operation]) -> None:
        self._do(request, queryset, hold_operation, "held")

    @admin.action(description="Release from hold", permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Operation]) -> None:
        count = queryset.filter(is_held=True).update(is_held=False)
        self.message_user(request, f"{count} released.")

    @admin.action(description="Mark as done now", permissions=["change"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[Operation]) -> None:
        self._do(request, queryset, partial(finish_operation, at=timezone.now()), "marked as done")

    def _do(self, request: HttpRequest, operations: QuerySet[Operation], act: Callable[[Operation], None], what: str) -> None:
        count = 0
        for operation in operations.select_related("order"):
            try:
                act(operation)
            except NotPossible as refused:
                self.message_user(request, str(refused), messages.WARNING)
            else:
                count += 1
        self.message_user(request, f"{count} {what}.")
