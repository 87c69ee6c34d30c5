"""The one site."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from plant.admin.pages import PlantAdmin
from plant.models import Site


@admin.register(Site)
class SiteAdmin(PlantAdmin[Site]):
    """There is one site: its list leads straight to it."""

    fieldsets = [
        (None, {"fields": ["name", "time_zone"]}),
        ("Public holidays", {"fields": ["country", "subdivision"]}),
        ("Where its rows came from", {"fields": ["origin"]}),
    ]
    readonly_fields = ["origin"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the signature is Django's
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:  # noqa: ARG002 - the signature is Django's
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, str] | None = None) -> HttpResponse:  # noqa: ARG002 - the signature is Django's
        return redirect("admin:plant_site_change", Site.load().pk)
