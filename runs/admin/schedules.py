"""When runs start by themselves and what counts as a good plan: kept by admins. “Run now” asks for a schedule's run at once."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from runs.fault_lines import FaultLine, fault_lines
from runs.launch import ProblemRefused
from runs.models import ObjectiveProfile, Run, SolveSchedule
from runs.models.profile import tier_name
from runs.posting import only_posted
from runs.schedules import next_occurrences, run_now
from runs.words import verdict
from solver.problem import TERMS

NEXT = 5
LATEST = 10
LATEST_IN_LIST = 3
ONE_WAITS = "An occurrence is skipped while the run of the one before it still waits in the queue."
WHOLE_PLANT = "The whole plant is planned: every order that can start within the days to plan."
WHAT_TIERS_MEAN = (
    "A weight of 0 leaves a thing out. What is in the same tier is added up, weight times amount; with everything in tier 1, all "
    "is weighed against all. Otherwise tier 1 comes first: nothing that a later tier gains makes up for a loss in it. The search "
    "has half of its time for the first tier, half of what is left for the next, and the rest for the last."
)
LABELS = {
    "interval_minutes": "Interval, minutes",
    "grace_minutes": "Grace, minutes",
    "horizon_days": "Days to plan",
    "limit_seconds": "Time limit, seconds",
    "gap_percent": "Good enough at, %",
    "memory_mb": "Memory, MB",
}
RULE_FIELDS = {"is_enabled", "crontab", "interval_minutes"}


@admin.register(ObjectiveProfile)
class ObjectiveProfileAdmin(admin.ModelAdmin[ObjectiveProfile]):
    list_display = ["name", "is_default", *TERMS, "order"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "description", "is_default", "position"]}),
        (
            "What things cost",
            {"fields": [(term, tier_name(term)) for term in TERMS], "description": WHAT_TIERS_MEAN, "classes": ["weights"]},
        ),
    ]

    @admin.display(description="order")
    def order(self, profile: ObjectiveProfile) -> str:
        return profile.order_in_words() or "all added up"


class SolveScheduleForm(ModelForm[SolveSchedule]):
    """Called as on the page where a person asks for a run."""

    class Meta:
        model = SolveSchedule
        fields = [
            "name",
            "is_enabled",
            "crontab",
            "interval_minutes",
            "misfire",
            "grace_minutes",
            "profile",
            "horizon_days",
            "limit_seconds",
            "gap_percent",
            "threads",
            "memory_mb",
        ]
        labels: ClassVar = LABELS


@admin.register(SolveSchedule)
class SolveScheduleAdmin(admin.ModelAdmin[SolveSchedule]):
    form = SolveScheduleForm
    list_display = [
        "name",
        "is_enabled",
        "rule",
        "profile",
        "days",
        "limit",
        "next_one",
        "last_ones",
        "is_well",
    ]
    list_filter = ["is_enabled"]
    list_select_related = ["profile"]
    search_fields = ["name"]
    readonly_fields = ["coming", "latest_runs", "last_occurrence", "last_error"]
    actions = ["run_selected"]
    fieldsets = [
        (None, {"fields": ["name", "is_enabled"]}),
        ("When", {"fields": ["crontab", "interval_minutes", "misfire", "grace_minutes", "coming"], "description": ONE_WAITS}),
        (
            "What",
            {
                "fields": ["profile", "horizon_days", "limit_seconds", "gap_percent", "threads", "memory_mb"],
                "description": WHOLE_PLANT,
            },
        ),
        ("What came of it", {"fields": ["latest_runs", "last_occurrence", "last_error"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SolveSchedule]:
        latest = Run.objects.order_by("-id").defer("measures", "reasons")[:LATEST]
        return super().get_queryset(request).prefetch_related(Prefetch("runs", latest, to_attr="latest"))

    def save_model(self, request: HttpRequest, obj: SolveSchedule, form: ModelForm[SolveSchedule], change: Any) -> None:
        """A rule that has just begun to hold asks for nothing that lies before it."""
        if RULE_FIELDS & set(form.changed_data):
            obj.watch_from = timezone.now()
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        run_now = only_posted("admin:runs_solveschedule_change")(self.admin_site.admin_view(self.run_now))
        return [path("<int:pk>/run-now/", run_now, name="runs_solveschedule_run_now"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        return super().render_change_form(request, context | {"may_run": _may_run(request)}, *args, **kwargs)

    def run_now(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The button: for whoever may see the schedule and ask for runs."""
        schedule = get_object_or_404(SolveSchedule, pk=pk)
        if not (self.has_view_permission(request, schedule) and _may_run(request)):
            raise PermissionDenied
        self._run(request, schedule)
        return HttpResponseRedirect(reverse("admin:runs_solveschedule_change", args=[pk]))

    @admin.action(description="Run now", permissions=["run"])
    def run_selected(self, request: HttpRequest, queryset: QuerySet[SolveSchedule]) -> None:
        for schedule in queryset:
            self._run(request, schedule)

    def has_run_permission(self, request: HttpRequest) -> bool:
        return _may_run(request)

    def _run(self, request: HttpRequest, schedule: SolveSchedule) -> None:
        try:
            run = run_now(schedule, cast("User", request.user))
        except ProblemRefused as refused:
            faults = format_html_join("", "<br>{}{}", map(_sentence_and_link, fault_lines(refused.faults, may_mend=True)))
            said = format_html("“{}”: nothing was started.{}", schedule.name, faults)
            self.message_user(request, said, messages.ERROR)
        else:
            page = reverse("runs:detail", args=[run.pk])
            said = format_html('“{}”: <a href="{}">{}</a> has been asked for.', schedule.name, page, run)
            self.message_user(request, said, messages.SUCCESS)

    @admin.display(description="when")
    def rule(self, schedule: SolveSchedule) -> str:
        return schedule.crontab or f"every {schedule.interval_minutes} min"

    @admin.display(description=LABELS["horizon_days"], ordering="horizon_days")
    def days(self, schedule: SolveSchedule) -> int:
        return schedule.horizon_days

    @admin.display(description=LABELS["limit_seconds"], ordering="limit_seconds")
    def limit(self, schedule: SolveSchedule) -> int:
        return schedule.limit_seconds

    @admin.display(description="next")
    def next_one(self, schedule: SolveSchedule) -> str:
        return next(iter(_times(schedule, 1)), "never") if schedule.is_enabled else "–"

    @admin.display(description="well", boolean=True)
    def is_well(self, schedule: SolveSchedule) -> bool:
        return not schedule.last_error

    @admin.display(description="next occurrences")
    def coming(self, schedule: SolveSchedule) -> str:
        return format_html_join("", "{}<br>", ((text,) for text in _times(schedule, NEXT) or ["never"])) if schedule.pk else "–"

    @admin.display(description="latest runs")
    def last_ones(self, schedule: SolveSchedule) -> str:
        return _outcomes(schedule, LATEST_IN_LIST)

    @admin.display(description="latest runs")
    def latest_runs(self, schedule: SolveSchedule) -> str:
        return _outcomes(schedule, LATEST)


def _may_run(request: HttpRequest) -> bool:
    return request.user.has_perm("runs.add_run")


def _sentence_and_link(line: FaultLine) -> tuple[str, SafeString | str]:
    return line.message, format_html(' <a href="{}">Mend</a>', line.url) if line.url else ""


def _times(schedule: SolveSchedule, count: int) -> list[str]:
    """The next occurrences by the plant's clock, in words."""
    return [f"{instant:%a %d %b %Y %H:%M %Z}" for instant in next_occurrences(schedule, count)]


def _outcomes(schedule: SolveSchedule, count: int) -> SafeString | str:
    """Its latest runs with links: for which occurrence by the plant's clock, or by hand, and what came of them."""
    runs: list[Run] = getattr(schedule, "latest", [])[:count]
    lines = ((reverse("runs:detail", args=[run.pk]), run, _reason(run), verdict(run)) for run in runs)
    return format_html_join("", '<a href="{}">{}</a> {}: {}<br>', lines) or "–"


def _reason(run: Run) -> str:
    return f"for {timezone.localtime(run.scheduled_for):%a %d %b %H:%M}" if run.scheduled_for else "by hand"
