"""The app's place in Django."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RunsConfig(AppConfig):
    name = "runs"
    verbose_name = "Runs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """See that Celery's clock has its rows after each migration."""
        from runs import clock  # noqa: PLC0415 - it imports models, which exist from here on

        post_migrate.connect(clock.ensure, sender=self)
