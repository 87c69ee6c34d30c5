"""API tokens in the admin: made, shown once, revoked; never read again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from scheduler_site.models import SCOPES, ApiToken


class TokenForm(forms.ModelForm[ApiToken]):
    """Scopes as boxes to tick."""

    scopes = forms.MultipleChoiceField(choices=SCOPES, widget=forms.CheckboxSelectMultiple, initial=["read"])


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    form = TokenForm
    list_display = ["name", "state", "expires_at", "user", "scopes", "last_used_at", "beginning"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "beginning"]
    readonly_fields = ["beginning", "state", "created_at", "created_by", "last_used_at", "revoked_at"]
    fieldsets = [
        (None, {"fields": ["name", "user", "scopes", "expires_at"]}),
        ("What became of it", {"fields": ["beginning", "state", "created_at", "created_by", "last_used_at", "revoked_at"]}),
    ]
    actions = ["revoke"]

    def get_fieldsets(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        """Nothing has become yet of one that is only being made."""
        return super().get_fieldsets(request, obj)[: 1 if obj is None else None]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:  # noqa: ARG002 - the signature is Django's
        """A token never comes to belong to somebody else."""
        return self.readonly_fields if obj is None else [*self.readonly_fields, "user"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Whoever makes a token mostly makes it for herself; one for somebody who may not come in would open nothing."""
        if db_field.name == "user":
            kwargs |= {"queryset": User.objects.filter(is_active=True), "initial": request.user.pk}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:  # noqa: FBT001 - the signature is Django's
        """Draw the secret of a new token and show it, this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        secret = obj.draw_secret()
        obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)
        self.message_user(request, f"The token is {secret} – copy it now: it is not shown again.", messages.WARNING)

    @admin.display(description="state")
    def state(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return "revoked"
        if not token.user.is_active:
            return "its user is switched off"
        return "valid" if token.is_alive else "expired"

    @admin.action(description="Revoke the selected tokens", permissions=["change"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        for token in tokens:
            token.revoke()
            self.log_change(request, token, "Revoked.")
        self.message_user(request, "Revoked. Requests with these tokens are refused from now on.")
