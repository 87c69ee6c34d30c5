"""Orders with their operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from plant.admin.operations import PLANNED_FIELDS
from plant.admin.pages import PlantAdmin, PlantInline
from plant.editing import NotPossible, close_order, give_machines, put_in_sequence, retime
from plant.expansion import Edited, ExpansionRefused, expand
from plant.models import Operation, Order

MAKES_OPERATIONS = {"product", "routing", "quantity"}


class OperationInline(PlantInline[Operation, Order]):
    model = Operation
    fields = [
        "number",
        "name",
        "cell",
        "setup_family",
        "setup_minutes",
        "run_minutes",
        "may_pause",
        "is_held",
        "state",
        "machines",
    ]
    readonly_fields = ["state", "machines"]
    autocomplete_fields = ["cell", "setup_family"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operation]:
        return super().get_queryset(request).prefetch_related("modes__machine")

    @admin.display(description="machines")
    def machines(self, operation: Operation) -> str:
        if operation.pk is None:
            return "every machine of the cell"
        return ", ".join(mode.machine.code for mode in operation.modes.all()) or "none: it cannot be planned"


@admin.register(Order)
class OrderAdmin(PlantAdmin[Order]):
    list_display = ["number", "product", "quantity", "customer", "release", "due", "weight", "status", "progress"]
    list_filter = ["status", "product", "customer", "weight"]
    search_fields = ["number", "product__code", "product__name", "customer"]
    date_hierarchy = "due"
    list_select_related = ["product"]
    autocomplete_fields = ["product", "routing"]
    fieldsets = [
        (None, {"fields": ["number", ("product", "routing"), "quantity", ("customer", "status")]}),
        ("When", {"fields": [("release", "due", "deadline"), "weight"]}),
        ("Notes", {"fields": ["notes"], "classes": ["collapse"]}),
    ]
    inlines = [OperationInline]
    actions = ["expand_orders", "expand_keeping", "expand_replacing", "release_orders", "hold_orders", "close_orders"]
    instead_of_deleting = "Cancel the order instead."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        made, done = Count("operations"), Count("operations", filter=Q(operations__actual_end__isnull=False))
        return super().get_queryset(request).annotate(operations_made=made, operations_done=done)

    def why_kept(self, row: Order) -> Iterator[str]:
        if row.has_started:
            yield f"Order {row} has been worked on; its history stays. {self.instead_of_deleting}"

    @admin.display(description="operations done")
    def progress(self, order: Order) -> str:
        made = getattr(order, "operations_made", 0)
        return f"{getattr(order, 'operations_done', 0)} of {made}" if made else "not expanded"

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 - the signature is Django's
        """Operations that were changed or added here are edited by hand, and their machines follow."""
        before = {row.pk: row for row in Operation.objects.filter(order=form.instance)} if form.instance.pk else {}
        for row in formset.forms:
            if PLANNED_FIELDS & set(row.changed_data):
                row.instance.is_edited = True
        super().save_formset(request, form, formset, change)
        for operation in formset.new_objects:
            give_machines(operation)
            put_in_sequence(operation)
        for operation, _ in formset.changed_objects:
            retime(operation, before[operation.pk])

    def save_related(self, request: HttpRequest, form: forms.ModelForm[Order], formsets: Any, change: bool) -> None:  # noqa: FBT001 - the signature is Django's
        """A new order gets its operations; when product, routing or quantity change they are brought up to date."""
        super().save_related(request, form, formsets, change)
        if not change or MAKES_OPERATIONS & set(form.changed_data):
            self._expand(request, form.instance, "refuse")

    @admin.action(description="Expand into operations", permissions=["change"])
    def expand_orders(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        for order in queryset:
            self._expand(request, order, "refuse")

    @admin.action(description="Expand again, keep operations edited by hand", permissions=["change"])
    def expand_keeping(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        for order in queryset:
            self._expand(request, order, "keep")

    @admin.action(description="Expand again, replace operations edited by hand", permissions=["change"])
    def expand_replacing(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        for order in queryset:
            self._expand(request, order, "replace")

    @admin.action(description="Release", permissions=["change"])
    def release_orders(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        waiting = queryset.filter(status__in=[Order.Status.PLANNED, Order.Status.ON_HOLD])
        self._say(request, waiting.update(status=Order.Status.RELEASED), "released")

    @admin.action(description="Put on hold", permissions=["change"])
    def hold_orders(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        open_orders = queryset.filter(status__in=Order.TO_PLAN)
        self._say(request, open_orders.update(status=Order.Status.ON_HOLD), "put on hold")

    @admin.action(description="Mark as done", permissions=["change"])
    def close_orders(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        self._say(request, sum(_succeeds(self, request, close_order, order) for order in queryset), "marked as done")

    def _expand(self, request: HttpRequest, order: Order, edited: Edited) -> None:
        try:
            done = expand(order, edited=edited)
        except ExpansionRefused as refused:
            for sentence in refused.sentences:
                self.message_user(request, sentence, messages.WARNING)
            return
        made = f"{done.created} made, {done.updated} brought up to date, {done.removed} removed, {done.kept} kept"
        self.message_user(request, f"Order {order.number}: operations {made}.", messages.SUCCESS)

    def _say(self, request: HttpRequest, count: int, what: str) -> None:
        self.message_user(request, f"{count} {'order' if count == 1 else 'orders'} {what}.")


def _succeeds(page: OrderAdmin, request: HttpRequest, act: Callable[[Order], None], order: Order) -> bool:
    try:
        act(order)
    except NotPossible as refused:
        page.message_user(request, str(refused), messages.WARNING)
        return False
    return True
