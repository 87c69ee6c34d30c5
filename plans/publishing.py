"""Draft → published; the plan that was published before goes to the archive in the same breath."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from plans.models import Plan


def published_plan() -> Plan | None:
    """What the shop floor works to now."""
    return Plan.objects.filter(state=Plan.State.PUBLISHED).select_related("snapshot").first()


@transaction.atomic
def publish(plan_id: int) -> bool:
    """Publish a draft. False when it is not a draft (any more): somebody was faster, or it never was one."""
    draft = Plan.objects.select_for_update().filter(pk=plan_id, state=Plan.State.DRAFT)
    if not draft.exists():
        return False
    Plan.objects.filter(state=Plan.State.PUBLISHED).update(state=Plan.State.ARCHIVED)
    return bool(draft.update(state=Plan.State.PUBLISHED, published_at=timezone.now()))
