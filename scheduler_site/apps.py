"""The site itself as a Django app: roles, checks, commands and the import map."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate

from scheduler_site.celery import app as celery_app  # shared tasks bind to this application

__all__ = ["SiteConfig", "celery_app"]


class SiteConfig(AppConfig):
    """Connects roles and checks."""

    name = "scheduler_site"
    label = "scheduler_site"
    verbose_name = "Site"

    def ready(self) -> None:
        """Make the roles after each migration; refuse contradicting settings."""
        from scheduler_site import roles, safety  # noqa: PLC0415 - they import models, which exist from here on

        # Without a sender: it runs after every app, so the last one sees all permissions.
        post_migrate.connect(roles.make_roles, dispatch_uid="taktline-roles")
        checks.register(safety.check_secrets, checks.Tags.security)
        checks.register(safety.check_addresses, checks.Tags.security)
