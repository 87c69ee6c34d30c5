"""Filters of lists, as they stand in an address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from plant.models import Order


class FilterForm(forms.Form):
    """What the address says and the list does not know is a fault: somebody means something by it, and would believe the list."""

    def clean(self) -> dict[str, Any]:
        unknown = sorted(set(self.data) - set(self.fields) - {"page"})
        if unknown:
            raise ValidationError(f"There is no filter “{unknown[0]}”.")
        return self.cleaned_data


class OrderFilterForm(FilterForm):
    """The filter of the list of orders."""

    status = forms.ChoiceField(choices=Order.Status.choices, required=False)
    q = forms.CharField(required=False)
