"""The admin pages, in the order in which a plant is described: the plant first, technical logs last."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator

from runs.posting import only_posted

ORDER = ("plant", "runs", "plans", "auth", "scheduler_site", "django_celery_beat", "django_celery_results")


class TaktlineAdminSite(AdminSite):
    """Django's own, with its applications in our order."""

    site_title = "Taktline"
    index_title = "Admin"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        places = {label: place for place, label in enumerate(ORDER)}
        apps: list[Any] = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: places.get(app["app_label"], len(places)))

    @method_decorator(only_posted("admin:index"))
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().logout(request, extra_context)


class TaktlineAdminConfig(AdminConfig):
    """Stands in INSTALLED_APPS in the place of django.contrib.admin."""

    default_site = "scheduler_site.admin_site.TaktlineAdminSite"
