"""One line per thing that happened, from our own loggers and everybody else's alike, for people or for machines."""

from __future__ import annotations

import logging
import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from runs.about import told

SECRET_NAME = re.compile(r"pass(word|wd|phrase)|secret|token|authorization|cookie|api_?key|dsn|credential", re.IGNORECASE)
SECRETS = (
    (re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/]+(?=@)", re.IGNORECASE), r"\g<before>***"),  # in an address
    (re.compile(r"(?P<before>\b(?:Bearer|Basic|Token)\s+)[\w.~+/=-]{8,}", re.IGNORECASE), r"\g<before>***"),  # in a header
    (
        re.compile(
            r"(?P<before>\b[\w-]*(?:password|passwd|secret|token|api_?key)[\w-]*[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+",
            re.IGNORECASE,
        ),
        r"\g<before>***",
    ),  # password=…
)


def without_secrets(value: Any, name: str = "") -> Any:
    """The same value with what looks like a secret blacked out, by its name or by its looks, however deep it lies."""
    if isinstance(value, str):
        return "***" if value and SECRET_NAME.search(name) else _without_secrets(value)
    if isinstance(value, MutableMapping):
        return {key: without_secrets(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(each, name) for each in value]
    return value


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Nothing that opens a door is written."""
    return {key: value if key.startswith("_") else without_secrets(value, key) for key, value in event.items()}


def _without_secrets(text: str) -> str:
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


def name_the_request(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Django writes “Forbidden: …” when the middleware that has bound the name has ended already."""
    request = getattr(event.get("_record"), "request", None)
    request_id = getattr(request, "request_id", None)
    return {"request_id": request_id, **event} if request_id else event


def name_the_run(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Celery tells of an exception when its task is over. What it is about, the exception itself says."""
    given = event.get("exc_info")
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else sys.exc_info()[1]
    if not given or error is None:
        return event
    return {**told(getattr(error, "exc", error)), **event}  # billiard wraps what comes from another process


def say_refusals_in_one_line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Django gives the exception along with which a page refuses somebody (4xx). No code is at fault: the sentence is enough."""
    record = event.get("_record")
    is_refusal = 400 <= getattr(record, "status_code", 0) < 500 and getattr(record, "levelno", logging.ERROR) < logging.ERROR
    return {**event, "exc_info": None} if is_refusal else event


SHARED: list[structlog.types.Processor] = [
    say_refusals_in_one_line,
    structlog.contextvars.merge_contextvars,
    name_the_request,
    name_the_run,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def _hand_over(logger: Any, method: str, event: MutableMapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """To the standard library, with the exception where its other handlers look for it."""
    arguments, options = structlog.stdlib.ProcessorFormatter.wrap_for_formatter(logger, method, event)
    return arguments, {**options, "exc_info": event.get("exc_info")}


def logging_configuration(log_format: str, level: str) -> dict[str, Any]:
    """The `logging.config` dictionary: everything to stderr, as `console` text or as `json` lines."""
    final: list[structlog.types.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        # Without the values of local variables: nobody knows what they hold.
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        final += [structlog.processors.ExceptionRenderer(tracebacks), redact, structlog.processors.JSONRenderer()]
    else:
        final += [redact, structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {"()": structlog.stdlib.ProcessorFormatter, "foreign_pre_chain": SHARED, "processors": final},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # One line per request is the proxy's business; refusals and errors are ours.
            "daphne": {"level": "WARNING"},
            "django.channels.server": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            # Four lines for each log-in; who got a password wrong, and who is locked out, are warnings.
            "axes": {"level": "WARNING"},
            # Three lines for each look at the schedules, every 20 s; what becomes of a run is said by runs.execution.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }


def configure(configuration: dict[str, Any]) -> None:
    """Django's hook: set up the standard library's logging and structlog on top of it."""
    logging.config.dictConfig(configuration)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _hand_over,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
