"""Spans of time and lateness as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.formats import date_format


def span(length: timedelta) -> str:
    """“45 min”, “3 h 20 min”, “2 d 4 h”: the two largest units, never negative, no zero parts."""
    minutes = abs(length) // timedelta(minutes=1)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    first = next((index for index, (count, _) in enumerate(parts) if count), 2)
    told = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count]
    return " ".join(told) or "0 min"


def lateness(behind: timedelta) -> str:
    """How far a finish lies behind its due date; negative is early."""
    if not behind:
        return "on time"
    return f"{span(behind)} {'late' if behind > timedelta(0) else 'early'}"


def moment(local: datetime) -> str:
    """“Mon 3 Mar 06:00” in the zone that the datetime carries."""
    return f"{date_format(local, 'D j M')} {local:%H:%M}"


def stretch(begin: datetime, end: datetime) -> str:
    """“Mon 3 Mar 22:00 – 06:00”; the second day is named when it is not the day or the night after the first."""
    if end.astimezone(UTC) - begin.astimezone(UTC) < timedelta(hours=24):
        return f"{moment(begin)} – {end:%H:%M}"
    return f"{moment(begin)} – {moment(end)}"
