"""Rows of the site itself: the keys with which programs come in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from runs.retrying import AWAY

PREFIX = "tak_"
SHOWN = 4  # signs of the secret by which people tell tokens apart
USE_NOTED_EVERY = timedelta(minutes=1)
# A living token, its user, and the user's own permissions with those of its groups, as Django's ModelBackend has them. Every
# request of a program begins with it: built anew by the ORM each time, it would cost a quarter of accepting a run.
LIVING = """SELECT {columns}, ARRAY(
    SELECT app_label || '.' || codename FROM auth_permission permission
    JOIN django_content_type ON django_content_type.id = permission.content_type_id
    WHERE permission.id IN (
        SELECT permission_id FROM auth_user_user_permissions own WHERE own.user_id = person.id
        UNION SELECT permission_id FROM auth_group_permissions granted
        JOIN auth_user_groups member ON member.group_id = granted.group_id
        WHERE member.user_id = person.id))
FROM scheduler_site_apitoken token JOIN auth_user person ON person.id = token.user_id
WHERE token.digest = %s AND token.revoked_at IS NULL AND (token.expires_at IS NULL OR token.expires_at > now())
    AND person.is_active"""
SCOPES = [("read", "read"), ("submit", "submit: ask for runs"), ("control", "control: stop and cancel")]


def in_ninety_days() -> object:
    return timezone.now() + timedelta(days=90)


class ApiToken(models.Model):
    """Lets a program act for a user at the API, within some scopes and for some time. Only a hash of the secret is kept.

    `granted`: the permissions of its user, only of a token that `by_secret` has found.
    """

    granted: Sequence[str] = ()

    name = models.CharField(max_length=80, help_text="What uses it: “MES interface”.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="api_tokens",
        help_text="It may never do more than this user.",
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    beginning = models.CharField(max_length=12, editable=False, help_text="The first signs, to tell tokens apart.")
    scopes: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=7, choices=SCOPES), default=list)
    expires_at = models.DateTimeField(null=True, blank=True, default=in_ninety_days, help_text="Empty: never.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="To the minute.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API token"
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="api_token_is_for_something"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.beginning}…)"

    def clean(self) -> None:
        if self.expires_at is not None and self._state.adding and self.expires_at <= timezone.now():
            raise ValidationError({"expires_at": "That is over already."})

    def draw_secret(self) -> str:
        """Give this token a new secret and return it: it cannot be had a second time."""
        secret = PREFIX + secrets.token_urlsafe(32)
        self.digest = _digest(secret)
        self.beginning = secret[: len(PREFIX) + SHOWN]
        return secret

    def revoke(self) -> None:
        """For good. The first time counts."""
        ApiToken.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=Now())

    @property
    def is_alive(self) -> bool:
        """Whether it opens anything, given that its user may still come in."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

    @classmethod
    def by_secret(cls, secret: str) -> ApiToken | None:
        """The living token with this secret, of a user who may come in, with what that user is granted; one query."""
        if not secret.startswith(PREFIX) or len(secret) > 100:
            return None
        with connection.cursor() as cursor:
            cursor.execute(_living(), [_digest(secret)])
            row = cursor.fetchone()
        if row is None:
            return None
        *values, granted = row
        own, persons = _attributes(cls), _attributes(User)
        found = cls.from_db(connection.alias, own, values[: len(own)])
        found.user = User.from_db(connection.alias, persons, values[len(own) :])
        found.granted = granted
        return found

    def note_use(self) -> None:
        """That it was used, at most once a minute: a token in heavy use must not cost a write each time."""
        now = timezone.now()
        if self.last_used_at is None or now - self.last_used_at > USE_NOTED_EVERY:
            stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
            try:
                ApiToken.objects.filter(stale, pk=self.pk).update(last_used_at=now)
            except AWAY:
                connection.close()  # what takes no writes can still be read


@cache
def _living() -> str:
    tables: list[tuple[str, type[models.Model]]] = [("token", ApiToken), ("person", User)]
    columns = [f'{name}."{field.column}"' for name, model in tables for field in _fields(model)]
    return LIVING.format(columns=", ".join(columns))


def _attributes(model: type[models.Model]) -> list[str]:
    return [field.attname for field in _fields(model)]


def _fields(model: type[models.Model]) -> Sequence[models.Field[Any, Any]]:
    return model._meta.concrete_fields  # noqa: SLF001 - Django's documented way to a model's fields


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
