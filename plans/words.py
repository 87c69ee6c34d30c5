"""Spans of time and lateness as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.formats import date_format

DAYS_FROM_HOURS = 48  # shorter spans are told in hours


def span(length: timedelta) -> str:
    """“45 min”, “3 h”, “3 h 20”, “2 d 4 h”, never negative; the browser says it alike (static/js/words.js)."""
    hours, minutes = divmod(abs(length) // timedelta(minutes=1), 60)
    if hours == 0:
        return f"{minutes} min"
    if hours < DAYS_FROM_HOURS:
        return f"{hours} h {minutes:02}" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def lateness(behind: timedelta) -> str:
    """How far a finish lies behind its due date; negative is early."""
    if not behind:
        return "on time"
    return f"{span(behind)} {'late' if behind > timedelta(0) else 'early'}"


def moment(local: datetime) -> str:
    """“Mon 3 Mar, 06:00” in the zone that the datetime carries."""
    return f"{date_format(local, 'D j M')}, {local:%H:%M}"


def stretch(begin: datetime, end: datetime) -> str:
    """“Mon 3 Mar, 22:00 – 06:00”; the second day is named when it is not the day or the night after the first."""
    if end.astimezone(UTC) - begin.astimezone(UTC) < timedelta(hours=24):
        return f"{moment(begin)} – {end:%H:%M}"
    return f"{moment(begin)} – {moment(end)}"
