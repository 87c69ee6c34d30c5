"""URLs of the servers → the dictionaries Django, Celery and Channels want."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

DATABASES_PER_SITE = 3  # broker, cache, channel layer


def database(url: str, options: Mapping[str, object]) -> dict[str, object]:
    """Django's database dictionary for `postgresql://user:password@host:port/name?option=value`.

    What the URL says goes before `options`; its settings of the server (`options["options"]`) come behind ours.
    Raises ValueError for any other kind of database: there is one SQL dialect here.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    own: dict[str, object] = dict(parse_qsl(parts.query))
    if "options" in own and "options" in options:
        own["options"] = f"{options['options']} {own['options']}"
    return {
        "ENGINE": "scheduler_site.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {**options, **own},
    }


def redis(url: str, offset: int) -> str:
    """The URL of the `offset`-th of the three databases that begin at the one named in `url`."""
    parts = urlsplit(url)
    first = int(parts.path.lstrip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{first + offset}"))
