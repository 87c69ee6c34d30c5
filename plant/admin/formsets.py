"""Inline rows that are checked against each other before the database is asked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, TypeVar

from django import forms
from django.db.models import Model
from django.forms.models import BaseInlineFormSet

from plant.models import Absence, Calendar, Downtime, Machine, Operator, OperatorSkill, Shift
from plant.models.calendars import clashing_shifts

Child = TypeVar("Child", bound=Model)
Parent = TypeVar("Parent", bound=Model)


class SiblingFormSet(BaseInlineFormSet[Child, Parent, forms.ModelForm[Child]]):
    """Checks the rows that will be there after saving."""

    def clean(self) -> None:
        super().clean()
        if not any(self.errors):
            self.check_siblings([form for form in self.forms if self._is_filled(form) and form not in self.deleted_forms])

    def check_siblings(self, forms_that_stay: list[forms.ModelForm[Child]]) -> None:
        """Add an error to every form that cannot stand beside the others."""
        raise NotImplementedError

    def _is_filled(self, form: forms.ModelForm[Child]) -> bool:
        return form.has_changed() or form.instance.pk is not None


class ShiftForm(forms.ModelForm[Shift]):
    """A shift whose overlaps the formset checks: the rows in the database are about to change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.checks_siblings = False


class ShiftFormSet(SiblingFormSet[Shift, Calendar]):
    """No two shifts of a calendar at the same time."""

    def check_siblings(self, forms_that_stay: list[forms.ModelForm[Shift]]) -> None:
        forms_by_shift = {id(form.instance): form for form in forms_that_stay}
        for earlier, later in clashing_shifts((form.instance for form in forms_that_stay), self.instance.cycle_weeks):
            forms_by_shift[id(later)].add_error("start_time", f"It overlaps with {earlier}.")


class DowntimeFormSet(SiblingFormSet[Downtime, Machine]):
    """A machine is down once at a time."""

    def check_siblings(self, forms_that_stay: list[forms.ModelForm[Downtime]]) -> None:
        for earlier, later in _overlapping(forms_that_stay):
            later.add_error("start", f"It overlaps with {earlier.instance}.")


class AbsenceFormSet(SiblingFormSet[Absence, Operator]):
    """A person is away once at a time."""

    def check_siblings(self, forms_that_stay: list[forms.ModelForm[Absence]]) -> None:
        for earlier, later in _overlapping(forms_that_stay):
            later.add_error("start", f"It overlaps with {earlier.instance}.")


class OperatorSkillFormSet(SiblingFormSet[OperatorSkill, Operator]):
    """A person holds a skill at one level on each day."""

    def check_siblings(self, forms_that_stay: list[forms.ModelForm[OperatorSkill]]) -> None:
        for one, other in combinations(forms_that_stay, 2):
            if _share_days(one.instance, other.instance):
                other.add_error("skill", "The skill is listed twice for some of these days.")


def _overlapping(rows: list[forms.ModelForm[Child]]) -> Iterator[tuple[forms.ModelForm[Child], forms.ModelForm[Child]]]:
    timed = sorted(rows, key=lambda form: form.cleaned_data["start"])
    for one, other in combinations(timed, 2):
        if other.cleaned_data["start"] < one.cleaned_data["end"]:
            yield one, other


def _share_days(one: OperatorSkill, other: OperatorSkill) -> bool:
    if one.skill_id != other.skill_id:
        return False
    ends_first = one.valid_until and other.valid_from and one.valid_until < other.valid_from
    starts_last = one.valid_from and other.valid_until and other.valid_until < one.valid_from
    return not (ends_first or starts_last)
