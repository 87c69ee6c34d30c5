"""What a browser would send back from an admin page."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.test import Client


def filled(client: Client, url: str, **changes: object) -> dict[str, object]:
    """Every field of the page as it stands, with `changes` by field name."""
    context: Any = client.get(url).context
    data: dict[str, object] = {}
    for form in (context["adminform"].form, *(_forms(context["inline_admin_formsets"]))):
        data |= _values(form)
    return data | changes


def added(data: dict[str, object], prefix: str, **values: object) -> dict[str, object]:
    """The same with one more inline row."""
    total = int(str(data[f"{prefix}-TOTAL_FORMS"]))
    rows = {f"{prefix}-{total}-{name}": value for name, value in values.items()}
    return data | rows | {f"{prefix}-TOTAL_FORMS": total + 1}


def said(answer: Any) -> str:
    """Messages and errors of the page that an answer shows or leads to."""
    content: str = answer.content.decode()
    return content.replace("&#x27;", "'").replace("&quot;", '"')


def _forms(inlines: Any) -> list[BaseForm]:
    return [form for inline in inlines for form in (inline.formset.management_form, *inline.formset.forms)]


def _values(form: BaseForm) -> dict[str, object]:
    values: dict[str, object] = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, bool):
            values |= {bound.html_name: "on"} if value else {}
        elif hasattr(bound.field.widget, "decompress"):
            parts = bound.field.widget.decompress(value)
            values |= {f"{bound.html_name}_{number}": "" if part is None else part for number, part in enumerate(parts)}
        else:
            values[bound.html_name] = "" if value is None else value
    return values
