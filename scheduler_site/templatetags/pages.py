"""`{% load pages %}`: what the pages of every app share."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from django import template
from django.template import Context
from django.template.defaultfilters import date
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from plans.models import Plan
from runs.words import asked_by

register = template.Library()


class PlantClock(TypedDict):
    zone: str
    time: str


@register.simple_tag
def plant_clock() -> PlantClock:
    """The plant's zone and the time there, which `scheduler_site.plant_time` has made the current zone."""
    return {"zone": timezone.get_current_timezone_name(), "time": date(timezone.localtime(), "H:i")}


@register.simple_tag(takes_context=True)
def nav_link(context: Context, name: str, label: str) -> SafeString:
    """A link of the main navigation, marked when the page lies under it."""
    url = reverse(name)
    path = context["request"].path
    here = path == url if url == "/" else path.startswith(url)
    current = SafeString(' aria-current="page"') if here else ""
    return format_html('<a href="{}"{}>{}</a>', url, current, label)


@register.filter(expects_localtime=True)
def moment(value: datetime | None) -> str:
    """“Mon 3 Mar, 06:00” in the plant's zone; a dash for nothing."""
    return date(value, "D j M, H:i") if value else "–"


@register.filter
def code(text: str) -> SafeString:
    """What stands between backticks as code, everything else as it is."""
    parts = enumerate(text.split("`"))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if number % 2 else part,) for number, part in parts))


@register.filter
def made_by(plan: Plan) -> str:
    """Who has made a plan or kept it, else who or what asked for the run that it is of; a dash where that is gone."""
    if plan.created_by is not None:
        return plan.created_by.get_full_name() or plan.created_by.get_username()
    run = next(iter(plan.runs.all()), None)
    return asked_by(run) if run else "–"


@register.filter
def thousands(value: int | None) -> str:
    """“12,345”, as the pages' scripts write it; a dash for nothing."""
    return "–" if value is None else f"{value:,}"
