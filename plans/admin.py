"""Plans and snapshots to look at. Nothing here changes them: planners do that on the plan page."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from plans.models import Placement, Plan, Snapshot

M = TypeVar("M", bound=Model)


class ReadOnly(admin.ModelAdmin[M]):
    """Shows rows, whatever permissions the reader has besides."""

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:  # noqa: ARG002 - the signature is Django's
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - the signature is Django's
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - the signature is Django's
        return False


@admin.register(Plan)
class PlanAdmin(ReadOnly[Plan]):
    list_display = ["name", "number", "state", "operations", "objective", "created_by", "created_at", "published_at"]
    list_filter = ["state"]
    search_fields = ["name", "number"]
    list_select_related = ["created_by"]
    exclude = ["snapshot"]
    readonly_fields = ["snapshot_hash"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:  # noqa: ARG002 - the signature is Django's
        return Plan.counted()

    @admin.display(description="operations")
    def operations(self, plan: Plan) -> int:
        return getattr(plan, "placement_count", 0)

    @admin.display(description="snapshot")
    def snapshot_hash(self, plan: Plan) -> str:
        return plan.snapshot.hash


@admin.register(Placement)
class PlacementAdmin(ReadOnly[Placement]):
    list_display = ["plan", "operation_key", "operation", "machine", "setup_start", "start", "run_end", "end"]
    list_filter = ["plan__state"]
    search_fields = ["operation_key", "machine_key", "plan__name"]
    list_select_related = ["plan", "operation__order", "machine"]
    date_hierarchy = "start"


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly[Snapshot]):
    list_display = ["hash", "created_at"]
    search_fields = ["hash"]
    fields = ["hash", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return super().get_queryset(request).defer("problem", "labels")
