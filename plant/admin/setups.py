"""Setup families, and setup matrices as a grid that is edited on one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from plant.admin.pages import PlantAdmin
from plant.models import SetupFamily, SetupMatrix
from plant.setup_grid import Grid, Pair, grid_of, save_cells

LONGEST_MINUTES = 10_080
EVERY_FAMILY = "families"  # ?families=all shows every family of the plant


@admin.register(SetupFamily)
class SetupFamilyAdmin(PlantAdmin[SetupFamily]):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]
    instead_of_deleting = "Give those another family first."


@dataclass(frozen=True, slots=True)
class GridLine:
    """One line of the grid as the page draws it."""

    label: str
    cells: list[tuple[BoundField, int]]


class SetupMatrixForm(forms.ModelForm[SetupMatrix]):
    """The matrix with a field for every cell of its grid. An empty cell states nothing and shows what counts instead."""

    every_family = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grid = grid_of(self.instance, every_family=self.every_family) if self.instance.pk else Grid((), {}, {})
        for pair, label in self._pairs():
            field = forms.IntegerField(required=False, min_value=0, max_value=LONGEST_MINUTES, label=label)
            field.initial = self.grid.own.get(pair)
            field.widget.attrs |= {"placeholder": str(self.grid.effective[pair]), "aria-label": label, "autocomplete": "off"}
            self.fields[cell_name(pair)] = field

    def lines(self) -> list[GridLine]:
        """The grid, wildcard first, each cell with its heat."""
        lines = []
        for a in self.grid.sides:
            pairs = [(_key(a), _key(b)) for b in self.grid.sides]
            lines.append(GridLine(_label(a), [(self[cell_name(pair)], self.grid.heat(pair)) for pair in pairs]))
        return lines

    def save_grid(self) -> int:
        """Write the cells that were on the page; the number of those that changed."""
        return save_cells(self.instance, {pair: self.cleaned_data[cell_name(pair)] for pair, _ in self._pairs()})

    def _pairs(self) -> Iterator[tuple[Pair, str]]:
        if self.grid.families:
            for a in self.grid.sides:
                for b in self.grid.sides:
                    yield (_key(a), _key(b)), f"from {_label(a)} to {_label(b)}, minutes"


@admin.register(SetupMatrix)
class SetupMatrixAdmin(PlantAdmin[SetupMatrix]):
    form = SetupMatrixForm
    list_display = ["name", "default_minutes", "machine_codes", "cells_stated"]
    search_fields = ["name"]
    fields = ["name", "default_minutes"]
    change_form_template = "admin/plant/setup_matrix.html"
    instead_of_deleting = "Give those machines another matrix, or none, first."

    def get_queryset(self, request: HttpRequest) -> QuerySet[SetupMatrix]:
        return super().get_queryset(request).prefetch_related("machines").annotate(cells_made=Count("times"))

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[SetupMatrixForm]:
        form = super().get_form(request, *args, **kwargs)
        return type("SetupMatrixForm", (form,), {"every_family": request.GET.get(EVERY_FAMILY) == "all"})

    def save_related(self, request: HttpRequest, form: SetupMatrixForm, formsets: Any, change: bool) -> None:  # noqa: FBT001 - the signature is Django's
        super().save_related(request, form, formsets, change)
        form.save_grid()

    def response_post_save_add(self, request: HttpRequest, obj: SetupMatrix) -> HttpResponseRedirect:  # noqa: ARG002 - the signature is Django's
        """A new matrix has its grid to be filled in: go on to it."""
        return redirect("admin:plant_setupmatrix_change", obj.pk)

    @admin.display(description="machines")
    def machine_codes(self, matrix: SetupMatrix) -> str:
        return ", ".join(machine.code for machine in matrix.machines.all())

    @admin.display(description="cells stated")
    def cells_stated(self, matrix: SetupMatrix) -> int:
        return getattr(matrix, "cells_made", 0)


def cell_name(pair: Pair) -> str:
    """The name of a cell's form field: `cell_any_12`."""
    return "cell_" + "_".join("any" if key is None else str(key) for key in pair)


def _key(family: SetupFamily | None) -> int | None:
    return family.pk if family else None


def _label(family: SetupFamily | None) -> str:
    return family.code if family else "any"
