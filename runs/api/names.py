"""Whom and what the names in a filter mean."""

from __future__ import annotations

from django.contrib.auth.models import User

from runs.models import ObjectiveProfile


def person_id(name: str | None, caller: User) -> int | None:
    """“me” is who asks, None is anybody. Raises User.DoesNotExist."""
    if name is None or name == "me":
        return caller.pk if name else None
    return User.objects.values_list("pk", flat=True).get(username=name)


def profile_id(name: str | None) -> int | None:
    """None is any. Raises ObjectiveProfile.DoesNotExist."""
    return None if name is None else ObjectiveProfile.objects.values_list("pk", flat=True).get(name=name)
