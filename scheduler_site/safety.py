"""Settings that contradict each other or are weak, as Django system checks with a hint each.

taktline.E001   the secret key is the placeholder that everybody knows
taktline.E002   production with a secret key that was not given from outside
taktline.E003   Redis without a password in production
taktline.E004   an origin is not a full one
taktline.E005   every host name is answered in production
taktline.E006   production without PostgreSQL and Redis of its own
taktline.E007   production with an origin without HTTPS: no page of it could post or open a websocket
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error

from scheduler_site.datafolder import PLACEHOLDER


def check_secrets(**_options: Any) -> list[CheckMessage]:
    """E001–E003."""
    found: list[CheckMessage] = []
    production = settings.MODE == "production"
    if production and settings.SECRET_KEY == PLACEHOLDER:
        found.append(
            Error("The secret key is the placeholder that everybody knows.", hint="Set TAKTLINE_SECRET_KEY.", id="taktline.E001")
        )
    elif production and not settings.ENVIRONMENT.secret_key:
        found.append(
            Error("Production uses a generated secret key.", hint="Set TAKTLINE_SECRET_KEY on all machines.", id="taktline.E002")
        )
    if production and not urlsplit(settings.SERVERS.redis).password:
        found.append(
            Error(
                "Redis has no password.",
                hint="Set one and put it into REDIS_URL: redis://:password@host:6379",
                id="taktline.E003",
            )
        )
    return found


def check_addresses(**_options: Any) -> list[CheckMessage]:
    """E004–E007."""
    found: list[CheckMessage] = []
    for origin in settings.ORIGINS:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
            found.append(
                Error(f"{origin!r} is not an origin.", hint="TAKTLINE_ORIGINS=https://plan.example.com", id="taktline.E004")
            )
    if settings.MODE != "production":
        return found
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("Every host name is answered.", hint="Name them in TAKTLINE_HOSTS.", id="taktline.E005"))
    if not (settings.ENVIRONMENT.database_url and settings.ENVIRONMENT.redis_url):
        found.append(
            Error(
                "Production has no servers of its own.",
                hint="Set DATABASE_URL and REDIS_URL; the embedded servers are for one machine without HTTPS.",
                id="taktline.E006",
            )
        )
    if any(urlsplit(origin).scheme == "http" for origin in settings.ORIGINS):
        found.append(
            Error(
                "Browsers come by HTTPS, an origin does not.",
                hint="TAKTLINE_ORIGINS=https://plan.example.com",
                id="taktline.E007",
            )
        )
    return found
