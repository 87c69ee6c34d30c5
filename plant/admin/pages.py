"""What the pages of plant rows have in common; deleting, or a sentence that says why not and what to do instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import NestedObjects
from django.db import router
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from plant.admin.widgets import WIDGETS

M = TypeVar("M", bound=Model)
Parent = TypeVar("Parent", bound=Model)


class PlantInline(admin.TabularInline[M, Parent]):
    """Rows that are edited on the page of the row they belong to."""

    formfield_overrides = WIDGETS
    extra = 0


class PlantAdmin(admin.ModelAdmin[M]):
    """A page of plant rows. `instead_of_deleting` says what to do with a row that others need."""

    instead_of_deleting = "Take it out of those first."
    formfield_overrides = WIDGETS
    list_per_page = 100
    save_on_top = True

    class Media:
        css = {"all": ["admin-plant/plant.css"]}

    def why_kept(self, row: M) -> Iterator[str]:  # noqa: ARG002 - subclasses read the row
        """Reasons of history, in sentences, why `row` stays."""
        return iter(())

    def get_deleted_objects(
        self, objs: QuerySet[Any] | Iterable[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Django's answer, with reasons in sentences instead of a list of rows."""
        rows = list(objs)
        deleted, counts, missing, _ = super().get_deleted_objects(rows, request)
        return deleted, counts, missing, [reason for row in rows for reason in self._reasons(row)]

    def _reasons(self, row: M) -> Iterator[str]:
        yield from self.why_kept(row)
        collector = NestedObjects(using=router.db_for_write(type(row)))
        collector.collect([row])
        if needed_by := Counter(type(each) for each in collector.protected):
            uses = ", ".join(f"{count} {_noun(kind, count)}" for kind, count in needed_by.items())
            yield f"{row} is used by {uses}. {self.instead_of_deleting}"


def _noun(kind: type[Model], count: int) -> str:
    names = kind._meta  # noqa: SLF001 - Django's documented way to a model's names
    return str(names.verbose_name if count == 1 else names.verbose_name_plural)
