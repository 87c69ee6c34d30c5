"""What the pages of a plan show around its Gantt: key figures in words, the orders that finish worst, the planned span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format

from plans.answers import Answer
from plans.clock import Clock
from plans.kpis import Kpi, kpis
from plans.labels import Labels
from plans.models import Plan
from plans.publishing import published_plan
from plans.words import lateness
from solver.problem import Problem

WORST_ORDERS = 10
KPI_HELP = {
    "late_orders": "Orders that finish after their need-by date",
    "weighted_tardiness": "Hours that orders are late, each times the weight of its order",
    "on_time": "Share of the orders with a need-by date that make it",
    "bottleneck": "The machine that is busiest within its open time, and how busy",
    "setup": "Hours spent on setups and changeovers",
    "moved": "Operations on another machine or at another time than in the published plan",
}


@dataclass(frozen=True, slots=True)
class KpiCell:
    """One figure above the plot. `direction`: "better", "worse" or "" against the published plan."""

    label: str
    value: str
    change: str
    direction: str
    help: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order and how far its projected finish lies behind its due date."""

    name: str
    lateness: str
    is_late: bool


class PlotUrls(TypedDict):
    scene: str
    frame: str
    table: str


def plan_context(plan: Plan) -> dict[str, object]:
    """Template context of a page that shows a stored plan."""
    answer = Answer.of(plan)
    published = published_plan()
    compared = Answer.of(published) if published and published != plan else None
    urls: PlotUrls = {
        "scene": reverse("plans:scene", args=[plan.pk]),
        "frame": reverse("plans:frame", args=[plan.pk]),
        "table": reverse("plans:table", args=[plan.pk]),
    }
    return {
        "plan": plan,
        "urls": urls,
        "has_plan": True,
        "kpis": [kpi_cell(figure) for figure in kpis(answer, compared)],
        "worst_orders": worst_orders(answer),
        "horizon": planned_span(answer.problem, answer.labels),
    }


def worst_orders(answer: Answer) -> list[OrderLine]:
    """The orders with the latest finish against their due date, worst first."""
    orders = answer.problem.order_by_id
    behind = [(finish - due, order) for order, finish in completions(answer).items() if (due := orders[order].due) is not None]
    tick = Clock.of(answer.problem).tick
    worst = sorted(behind, reverse=True)[:WORST_ORDERS]
    return [OrderLine(orders[order].name, lateness(ticks * tick), ticks > 0) for ticks, order in worst]


def completions(answer: Answer) -> dict[str, int]:
    """Order id → tick at which its last run ends."""
    finish: dict[str, int] = {}
    for operation in answer.problem.operations:
        run_end = answer.schedule.by_operation[operation.id].run_end
        finish[operation.order] = max(run_end, finish.get(operation.order, run_end))
    return finish


def kpi_cell(figure: Kpi) -> KpiCell:
    if figure.key == "moved":
        value = f"{figure.value:.0f}" if not figure.subject else "–"
        return KpiCell("Moved against the published plan", value, "", "", figure.subject or KPI_HELP[figure.key])
    label = f"{figure.label}: {figure.subject}" if figure.subject else figure.label
    change = "" if not figure.change else f"{figure.change:+,.10g}".replace("-", "−")
    improved = {"lower": -1, "higher": 1, "neither": 0}[figure.better] * (figure.change or 0)
    direction = "better" if improved > 0 else "worse" if improved < 0 else ""
    return KpiCell(label, f"{figure.value:,.10g} {figure.unit}".rstrip(), change, direction, KPI_HELP[figure.key])


def planned_span(problem: Problem, labels: Labels, days: int | None = None) -> str:
    """“23 Nov – 6 Dec” in the plant's zone: the days asked for, or as many as the question says.

    The same question may be asked for several numbers of days, when they let the same orders in.
    """
    clock, zone = Clock.of(problem), ZoneInfo(labels["time_zone"])
    first = clock.at(0).astimezone(zone)
    last = clock.at(labels["planned_until"]).astimezone(zone) if days is None else first + timedelta(days=days)
    return f"{date_format(first, 'j M')} – {date_format(last, 'j M')}"
