"""The app's place in Django."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from runs.queues import TICK, TICK_SECONDS


class RunsConfig(AppConfig):
    name = "runs"
    verbose_name = "Runs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(ensure_tick, sender=self)


def ensure_tick(**_signal: object) -> None:
    """The one periodic task: it looks at the solve schedules. When they are due is kept in their own rows, not in Celery's."""
    interval_model = apps.get_model("django_celery_beat", "IntervalSchedule")
    periodic_task_model = apps.get_model("django_celery_beat", "PeriodicTask")
    interval, _created = interval_model.objects.get_or_create(every=TICK_SECONDS, period="seconds")
    periodic_task_model.objects.update_or_create(
        name=TICK, defaults={"task": TICK, "interval": interval, "enabled": True, "expire_seconds": TICK_SECONDS}
    )
