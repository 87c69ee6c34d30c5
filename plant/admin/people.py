"""Skills, operators and their absences."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from plant.admin.calendars import render_preview
from plant.admin.formsets import AbsenceFormSet, OperatorSkillFormSet
from plant.admin.pages import PlantAdmin, PlantInline
from plant.models import Absence, Operator, OperatorSkill, Skill
from plant.preview import preview_operator


@admin.register(Skill)
class SkillAdmin(PlantAdmin[Skill]):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]


class OperatorSkillInline(PlantInline[OperatorSkill, Operator]):
    model = OperatorSkill
    formset = OperatorSkillFormSet
    fields = ["skill", "level", "valid_from", "valid_until"]
    autocomplete_fields = ["skill"]


class AbsenceInline(PlantInline[Absence, Operator]):
    model = Absence
    formset = AbsenceFormSet
    fields = ["start", "end", "reason"]


@admin.register(Operator)
class OperatorAdmin(PlantAdmin[Operator]):
    list_display = ["code", "name", "calendar", "holds", "user", "is_active"]
    list_filter = ["is_active", "calendar", "skills__skill"]
    search_fields = ["code", "name"]
    list_select_related = ["calendar", "user"]
    autocomplete_fields = ["calendar", "user"]
    fieldsets = [
        (None, {"fields": [("code", "name"), "calendar", "user", "is_active"]}),
        ("The next 14 days, as saved", {"fields": ["next_days"]}),
    ]
    readonly_fields = ["next_days"]
    inlines = [OperatorSkillInline, AbsenceInline]
    instead_of_deleting = "Switch “active” off instead: they take part in no new plan then, and what they did stays on record."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operator]:
        return super().get_queryset(request).prefetch_related("skills__skill")

    @admin.display(description="skills")
    def holds(self, operator: Operator) -> str:
        return ", ".join(f"{held.skill.name} {held.level}" for held in operator.skills.all())

    @admin.display(description="working time")
    def next_days(self, operator: Operator) -> SafeString | str:
        if operator.pk is None:
            return "Shown after the operator has been saved."
        return render_preview(preview_operator(operator, timezone.now()))


@admin.register(Absence)
class AbsenceAdmin(PlantAdmin[Absence]):
    list_display = ["operator", "start", "end", "reason"]
    list_filter = ["operator__calendar"]
    search_fields = ["operator__code", "operator__name", "reason"]
    autocomplete_fields = ["operator"]
    list_select_related = ["operator"]
    date_hierarchy = "start"
    fieldsets = [(None, {"fields": ["operator", ("start", "end"), "reason"]})]
