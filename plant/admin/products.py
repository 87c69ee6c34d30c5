"""Products, routings and the steps of a routing with crew and alternative machines."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from plant.admin.pages import PlantAdmin, PlantInline
from plant.models import Product, Routing, RoutingStep, StepAlternative, StepCrew


class RoutingInline(PlantInline[Routing, Product]):
    model = Routing
    fields = ["name", "is_active"]
    show_change_link = True
    can_delete = False


@admin.register(Product)
class ProductAdmin(PlantAdmin[Product]):
    list_display = ["code", "name", "setup_family", "new_orders_take"]
    list_filter = ["setup_family"]
    search_fields = ["code", "name"]
    list_select_related = ["setup_family"]
    autocomplete_fields = ["setup_family"]
    inlines = [RoutingInline]
    instead_of_deleting = "It stays as long as there are routings or orders of it."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("routings")

    @admin.display(description="routing for new orders")
    def new_orders_take(self, product: Product) -> str:
        return next((routing.name for routing in product.routings.all() if routing.is_active), "none")


class StepInline(PlantInline[RoutingStep, Routing]):
    model = RoutingStep
    fields = [
        "number",
        "name",
        "cell",
        "setup_family",
        "setup_minutes",
        "run_minutes_per_unit",
        "teardown_minutes",
        "min_wait_minutes",
        "max_wait_minutes",
        "may_pause",
        "machines_and_crew",
    ]
    readonly_fields = ["machines_and_crew"]
    autocomplete_fields = ["cell", "setup_family"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoutingStep]:
        return super().get_queryset(request).prefetch_related("alternatives__machine", "alternatives__group", "crew__skill")

    @admin.display(description="machines and crew")
    def machines_and_crew(self, step: RoutingStep) -> str:
        return " · ".join(text for text in (machines_of(step), crew_of(step)) if text)


def machines_of(step: RoutingStep) -> str:
    """Where a step can be done, in a line."""
    if step.pk is None:
        return ""
    named = [
        place.machine.code if place.machine else place.group.code if place.group else "" for place in step.alternatives.all()
    ]
    return ", ".join(named) or "every machine of the cell"


def crew_of(step: RoutingStep) -> str:
    """Who a step needs, in a line."""
    return ", ".join(str(need) for need in step.crew.all()) if step.pk else ""


@admin.register(Routing)
class RoutingAdmin(PlantAdmin[Routing]):
    list_display = ["product", "name", "is_active", "step_count"]
    list_filter = ["is_active"]
    search_fields = ["product__code", "product__name", "name"]
    list_select_related = ["product"]
    autocomplete_fields = ["product"]
    fieldsets = [(None, {"fields": ["product", ("name", "is_active")]})]
    inlines = [StepInline]
    instead_of_deleting = "Switch “for new orders” off instead: new orders take another one then."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Routing]:
        return super().get_queryset(request).annotate(steps_made=Count("steps"))

    @admin.display(description="steps")
    def step_count(self, routing: Routing) -> int:
        return getattr(routing, "steps_made", 0)


class AlternativeInline(PlantInline[StepAlternative, RoutingStep]):
    model = StepAlternative
    fields = ["machine", "group", "speed_percent", "cost"]
    autocomplete_fields = ["machine", "group"]


class StepCrewInline(PlantInline[StepCrew, RoutingStep]):
    model = StepCrew
    fields = ["skill", "level", "count", "phase"]
    autocomplete_fields = ["skill"]


@admin.register(RoutingStep)
class RoutingStepAdmin(PlantAdmin[RoutingStep]):
    list_display = ["routing", "number", "name", "cell", "setup_family", "run_minutes_per_unit", "may_pause", "places"]
    list_display_links = ["name"]
    list_filter = ["cell", "may_pause", "setup_family"]
    search_fields = ["name", "routing__product__code", "routing__product__name"]
    list_select_related = ["routing__product", "cell", "setup_family"]
    autocomplete_fields = ["routing", "cell", "setup_family"]
    fieldsets = [
        (None, {"fields": ["routing", ("number", "name"), "cell"]}),
        ("Times", {"fields": [("setup_minutes", "run_minutes_per_unit", "teardown_minutes"), "may_pause"]}),
        ("Until the next step", {"fields": [("min_wait_minutes", "max_wait_minutes")]}),
        ("Changeovers", {"fields": ["setup_family"]}),
    ]
    inlines = [AlternativeInline, StepCrewInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoutingStep]:
        return super().get_queryset(request).prefetch_related("alternatives__machine", "alternatives__group")

    @admin.display(description="machines")
    def places(self, step: RoutingStep) -> str:
        return machines_of(step)
