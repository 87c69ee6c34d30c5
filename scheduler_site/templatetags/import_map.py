"""`{% load import_map %} {% import_map %}`: tells the browser under which hashed URL each of our modules lies."""

from __future__ import annotations

import json
from functools import lru_cache

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def import_map(context: Context) -> SafeString:
    """The `<script type="importmap">` with this request's nonce."""
    modules = _modules() if settings.DEBUG else _modules_once()
    # JSON inside a script element ends at "</script": "<" never appears in our file names, and is escaped all the same.
    body = json.dumps({"imports": modules}, separators=(",", ":")).replace("<", "\\u003c")
    return format_html('<script type="importmap" nonce="{}">{}</script>', context["request"].csp_nonce, mark_safe(body))  # noqa: S308 - own file names, escaped above


def _modules() -> dict[str, str]:
    """Every module under static/js, by its bare name `taktline/…` and by its plain URL.

    The second entry makes a relative import (`./frames.js`) in a hashed file find the hashed neighbour.
    """
    root = settings.BASE_DIR / "static"
    found: dict[str, str] = {}
    for path in sorted((root / "js").rglob("*.js")):
        name = path.relative_to(root).as_posix()
        url = static(name)
        found[f"taktline/{name.removeprefix('js/')}"] = url
        if url != settings.STATIC_URL + name:
            found[settings.STATIC_URL + name] = url
    return found


_modules_once = lru_cache(maxsize=1)(_modules)
