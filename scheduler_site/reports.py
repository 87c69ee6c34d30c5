"""Errors to Sentry, where SENTRY_DSN names a project. Without it nothing of it is even imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from structlog.contextvars import get_contextvars

from runs.about import told
from scheduler_site.env import Environment
from scheduler_site.logs import without_secrets

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

TAGS = ("run", "attempt", "task", "task_id", "request_id")


def start(environment: Environment) -> None:
    """Report uncaught errors of views and tasks, and what is logged as an error, from now on."""
    import sentry_sdk  # noqa: PLC0415 - costs a quarter of a second, which only those pay who use it
    from sentry_sdk.integrations.celery import CeleryIntegration  # noqa: PLC0415 - as above
    from sentry_sdk.integrations.django import DjangoIntegration  # noqa: PLC0415 - as above

    sentry_sdk.init(
        dsn=environment.sentry_dsn,
        environment=environment.mode,
        release=environment.release or None,
        integrations=[DjangoIntegration(middleware_spans=False, signals_spans=False), CeleryIntegration()],
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,  # nobody knows what they hold
        max_request_body_size="never",
        traces_sample_rate=None,
        before_send=prepare,
    )


def prepare(event: Event, hint: Hint) -> Event:
    """What is sent: with the run and the task it is about, and without secrets."""
    _kind, error, _trace = hint.get("exc_info") or (None, None, None)
    about = {**told(error), **get_contextvars()}
    record = hint.get("log_record")
    if record is not None and isinstance(record.msg, dict):  # a line of structlog: its text is one of its fields
        about = {**about, **record.msg}
        event["logentry"] = {"message": str(about.pop("event", ""))}
        event["extra"] = {name: str(value) for name, value in record.msg.items() if name not in {"event", "exc_info"}}
    event["tags"] = {**(event.get("tags") or {}), **{name: str(about[name]) for name in TAGS if name in about}}
    cleaned: dict[str, Any] = without_secrets(event)
    return cleaned  # type: ignore[return-value] # the same keys with the same kinds of values
