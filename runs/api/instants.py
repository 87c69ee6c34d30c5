"""Instants that programs write down, as PostgreSQL can keep them."""

from __future__ import annotations

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """The same instant; PostgreSQL takes no time zone as far off as ISO 8601 allows. One without a zone stays as it is.

    Raises OverflowError when UTC has no year for it.
    """
    return moment if moment.tzinfo is None else moment.astimezone(UTC)
