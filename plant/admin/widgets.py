"""How the plant's pages show numbers and times: to the minute, and without zeros that say nothing."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.admin.widgets import AdminSplitDateTime, AdminTimeWidget, BaseAdminDateWidget, BaseAdminTimeWidget
from django.db import models
from django.forms import MultiWidget, NumberInput


class MinuteDateTime(AdminSplitDateTime):
    """Django's pair of date and time, the time to the minute."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        MultiWidget.__init__(self, [BaseAdminDateWidget(), BaseAdminTimeWidget(format="%H:%M")], attrs)


class PlainNumber(NumberInput):
    """A decimal number without trailing zeros."""

    def format_value(self, value: Any) -> str | None:
        text: str | None = super().format_value(value)
        try:
            return f"{Decimal(text).normalize():f}" if text else text
        except InvalidOperation:
            return text  # what was typed and is no number comes back with its error


WIDGETS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.DateTimeField: {"widget": MinuteDateTime},
    models.TimeField: {"widget": AdminTimeWidget(format="%H:%M")},
    models.DecimalField: {"widget": PlainNumber},
}
