"""The Django app of the plant's rows."""

from __future__ import annotations

from django.apps import AppConfig


class PlantConfig(AppConfig):
    name = "plant"
    label = "plant"
    verbose_name = "Plant"
    default_auto_field = "django.db.models.BigAutoField"
