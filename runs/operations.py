"""The page for whoever keeps the site running: what is ill, who works on what, what waits, what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from plant.models import Site
from runs import circuit, liveness, queues
from runs.figures import EndedFigures, RunFigures, Spread, run_figures
from runs.forms import ReasonForm
from runs.health import Health, Status, assess_lately
from runs.health.rows import waiting
from runs.health.terms import span
from runs.models import Heartbeat, Run, SolveSchedule
from runs.models.limits import LONGEST_REASON
from runs.models.run import LEASED
from runs.posting import only_posted
from runs.schedules import occurrences
from runs.words import asked_by, clock, gap_words, tone, verdict

TONES = {Status.HEALTHY: "good", Status.DEGRADED: "warn", Status.UNHEALTHY: "bad"}
NOTHING = "–"


class ProcessRow(NamedTuple):
    """A process that has a heartbeat."""

    row: Heartbeat
    state: str
    tone: str
    runs: list[Run]
    doing: list[str]
    seen: str


class QueueRow(NamedTuple):
    """A queue, what waits in it, and how long things took within the hour: p50, p95 and p99."""

    name: str
    purpose: str
    waiting: str
    oldest: str
    expected: str
    waits: list[str]
    solves: list[str]
    failed: str


class LiveRun(NamedTuple):
    """A run that is being worked on."""

    run: Run
    verdict: str
    tone: str
    asked_by: str
    elapsed: str
    gap: str
    worker: str


class ScheduleRow(NamedTuple):
    """A schedule, its next occurrence, and what came of the last."""

    row: SolveSchedule
    next: datetime | None
    last: Run | None
    verdict: str
    tone: str


@require_safe
@login_required
@permission_required("runs.operate", raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """How the site is, now. The page fetches itself anew every few seconds."""
    health, figures = assess_lately(), run_figures()
    live = list(Run.objects.filter(state__in=LEASED).select_related("requested_by", "schedule").order_by("claimed_at"))
    ill = [(check, TONES[check.status]) for check in health.checks if check.status is not Status.HEALTHY]
    context = {
        "health": health,
        "tone": TONES[health.status],
        "ill": sorted(ill, key=lambda pair: -pair[0].status.severity),
        "well": [check for check in health.checks if check.status is Status.HEALTHY],
        "figures": _kpis(figures),
        "processes": _processes(live),
        "queues": _queues(health, figures),
        "live": [_live(run) for run in live],
        "circuit": circuit.state(),
        "schedules": _schedules(),
        "reason_length": LONGEST_REASON,
        "now": timezone.now(),
    }
    return render(request, "operations/page.html", context)


@only_posted("operations:page")
@login_required
@permission_required("runs.operate", raise_exception=True)
def close_circuit(request: HttpRequest) -> HttpResponse:
    """Runs are searched again from the next one on."""
    assert isinstance(request.user, User)  # noqa: S101 - narrows the type after login_required
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was done. {form.errors['reason'][0]}")
    elif circuit.reset(request.user, form.cleaned_data["reason"]):
        messages.info(request, "The circuit is closed: runs are searched again.")
    else:
        messages.info(request, "The circuit was closed already.")
    return redirect("operations:page")


def _kpis(figures: RunFigures) -> list[tuple[str, str]]:
    ended = figures.ended
    return [
        ("Running now", str(figures.running_now)),
        ("Queued", str(figures.by_state["queued"])),
        ("Ended within the hour", str(ended.judged)),
        ("Failed of them", NOTHING if ended.failure_rate is None else f"{ended.failed} ({100 * ended.failure_rate:.0f} %)"),
        ("Solve time, 95 %", _seconds(ended.solve_seconds.p95)),
        ("Wait, 95 %", _seconds(ended.wait_seconds.p95)),
    ]


def _processes(live: list[Run]) -> list[ProcessRow]:
    held: dict[str, list[Run]] = {}
    for run in live:
        held.setdefault(run.lease_owner.partition("/")[0], []).append(run)
    now = timezone.now()
    rows = []
    for row in Heartbeat.objects.exclude(process=liveness.BEAT):
        silent = now - row.seen_at > liveness.ALIVE
        state, colour = ("Silent", "bad") if silent else ("Shutting down", "warn") if row.draining else ("Alive", "good")
        tasks = [] if silent else [f"{each['task']} for {_since(each['since'], now)}" for each in row.doing]
        seen = span((now - row.seen_at).total_seconds())
        rows.append(ProcessRow(row, state, colour, held.get(row.process, []), tasks, f"{seen} ago"))
    return rows


def _queues(health: Health, figures: RunFigures) -> list[QueueRow]:
    checks = {check.name: check for check in health.checks}
    found = waiting()
    rows = []
    for queue in queues.TABLE:
        runs, ended = found.get(queue.name), figures.by_queue.get(queue.name, EndedFigures())
        check = checks.get(f"queue.{queue.name}")
        count = runs.runs if runs else check and check.value
        rows.append(
            QueueRow(
                name=queue.name,
                purpose=queue.purpose,
                waiting=NOTHING if count is None else f"{count:.0f}",
                oldest=NOTHING if check is None or check.oldest_seconds is None else span(check.oldest_seconds),
                expected=span(queue.expected_seconds),
                waits=_percentiles(ended.wait_seconds),
                solves=_percentiles(ended.solve_seconds),
                failed=NOTHING if ended.failure_rate is None else f"{100 * ended.failure_rate:.0f} %",
            )
        )
    return rows


def _percentiles(spread: Spread) -> list[str]:
    return [_seconds(value) for value in (spread.p50, spread.p95, spread.p99)]


def _seconds(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"{value:.1f} s" if value < 10 else span(value)


def _since(instant: str, now: datetime) -> str:
    began = parse_datetime(instant)
    return NOTHING if began is None else span(max(0.0, (now - began).total_seconds()))


def _live(run: Run) -> LiveRun:
    elapsed = (timezone.now() - run.claimed_at).total_seconds() if run.claimed_at else 0.0
    time = f"{clock(max(run.spent_seconds, elapsed))} of {clock(run.limit_seconds)}"
    worker, _slash, _task = run.lease_owner.partition("/")
    return LiveRun(run, verdict(run), tone(run), asked_by(run), time, gap_words(run), worker)


def _schedules() -> list[ScheduleRow]:
    newest = Run.objects.filter(schedule=OuterRef("pk")).order_by("-id").values("pk")[:1]
    schedules = list(SolveSchedule.objects.annotate(newest=Subquery(newest)))
    runs = Run.objects.in_bulk([schedule.newest for schedule in schedules if schedule.newest])
    now, zone = timezone.now(), Site.load().zone
    rows = []
    for schedule in schedules:
        upcoming = next(occurrences(schedule, now, zone), None) if schedule.is_enabled else None
        last = runs.get(schedule.newest or 0)
        said, colour = (verdict(last), tone(last)) if last else (NOTHING, "")
        rows.append(ScheduleRow(schedule, upcoming, last, said, colour))
    return rows
