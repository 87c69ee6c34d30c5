"""From a subject of a fault (“order:17”) to the page of the admin where it is mended."""

from __future__ import annotations

from django.urls import reverse

_MODELS = {
    "cell": "workcell",
    "machine": "machine",
    "operator": "operator",
    "order": "order",
    "operation": "operation",
    "matrix": "setupmatrix",
    "family": "setupfamily",
    "skill": "skill",
    "calendar": "calendar",
    "site": "site",
}


def admin_url(subject_id: str) -> str | None:
    """The change page of the row that a problem's id names; None when the id names no row."""
    kind, _, key = subject_id.partition(":")
    if kind not in _MODELS or not key.isdecimal():
        return None
    return reverse(f"admin:plant_{_MODELS[kind]}_change", args=[int(key)])
