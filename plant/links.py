"""From the ids that faults and plans name to the pages where the row can be mended."""

from __future__ import annotations

from django.urls import reverse

# What a problem calls a thing, and the model whose page shows it. "family:none" and the like have no row.
PAGES = {
    "cell": "workcell",
    "machine": "machine",
    "operator": "operator",
    "order": "order",
    "operation": "operation",
    "matrix": "setupmatrix",
    "family": "setupfamily",
    "skill": "skill",
}


def admin_url(subject_id: str) -> str | None:
    """The admin page of "order:12" and the like; None for what has no row, such as the whole problem."""
    kind, _, key = subject_id.partition(":")
    if kind not in PAGES or not key.isdecimal():
        return None
    return reverse(f"admin:plant_{PAGES[kind]}_change", args=[key])
