"""Pages of plans and of orders. Doorways: parse, ask, render."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from plans.answers import Answer
from plans.clock import Clock
from plans.forms import OrderFilterForm
from plans.models import Plan
from plans.pages import completions, plan_context
from plans.tables import View, rows
from plans.words import lateness
from plant.models import Order

PAGE_SIZE = 50
GROUPS: dict[View, str] = {"machines": "Machines", "operators": "Operators", "orders": "Orders"}


class Choice(NamedTuple):
    """One of a row of filter links."""

    value: str | None
    label: str
    active: bool


class OrderRow(NamedTuple):
    """An order with the finish that the newest plan projects."""

    order: Order
    projected: datetime | None
    lateness: str
    is_late: bool


@require_safe
@login_required
@permission_required("plans.view_plan", raise_exception=True)
def plan_list(request: HttpRequest) -> HttpResponse:
    """Every plan, newest first."""
    by_rules = Plan.objects.filter(pk=OuterRef("pk"), runs__fallback=True)  # of runs that were not searched
    plans = Plan.counted().select_related("created_by").prefetch_related("runs__schedule", "runs__requested_by")
    page = Paginator(plans.annotate(is_fallback=Exists(by_rules)), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "plans/list.html", {"page": page})


@require_safe
@login_required
@permission_required("plans.view_plan", raise_exception=True)
def plan_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan on the Gantt."""
    plan = get_object_or_404(Plan.objects.select_related("snapshot"), pk=pk)
    return render(request, "plans/detail.html", plan_context(plan))


@require_safe
@login_required
@permission_required("plans.view_plan", raise_exception=True)
def plan_table(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan as tables, grouped by ?by=machines|operators|orders."""
    plan = get_object_or_404(Plan.objects.select_related("snapshot"), pk=pk)
    answer = Answer.of(plan)
    by = chosen_group(request)
    context = {
        "title": plan.name,
        "gantt_url": reverse("plans:detail", args=[plan.pk]),
        "tables": rows(answer.problem, answer.labels, answer.schedule, by),
        **group_context(by, answer.labels["time_zone"]),
    }
    return render(request, "plans/table.html", context)


def chosen_group(request: HttpRequest) -> View:
    """The ?by= of a table page; raises Http404 for one that does not exist."""
    wanted = request.GET.get("by", "machines")
    for group in GROUPS:
        if group == wanted:
            return group
    raise Http404


def group_context(by: View, time_zone: str) -> dict[str, object]:
    """What a table page needs besides its tables."""
    return {"groups": [Choice(value, label, value == by) for value, label in GROUPS.items()], "by": by, "time_zone": time_zone}


@require_safe
@login_required
@permission_required("plans.view_plan", raise_exception=True)
def order_list(request: HttpRequest) -> HttpResponse:
    """Orders with their projected finish, by need-by date."""
    filters, status = OrderFilterForm(request.GET), request.GET.get("status") or None
    orders = _orders(**filters.cleaned_data) if filters.is_valid() else Order.objects.none()
    page = Paginator(orders, PAGE_SIZE).get_page(request.GET.get("page"))
    plan = Plan.objects.select_related("snapshot").order_by("-number").first()
    finishes = _projected(plan) if plan else {}
    choices = [
        Choice(None, "All", status is None),
        *(Choice(value, label, value == status) for value, label in Order.Status.choices),
    ]
    context = {
        "page": page,
        "plan": plan,
        "filters": filters,
        "choices": choices,
        "rows": [_order_row(order, finishes.get(f"order:{order.pk}")) for order in page],
    }
    return render(request, "orders/list.html", context)


def _orders(status: str, q: str) -> QuerySet[Order]:
    orders = Order.objects.select_related("product").order_by("due", "number")
    if status:
        orders = orders.filter(status=status)
    if q:
        orders = orders.filter(
            Q(number__icontains=q) | Q(customer__icontains=q) | Q(product__name__icontains=q) | Q(product__code__icontains=q)
        )
    return orders


def _projected(plan: Plan) -> dict[str, datetime]:
    answer = Answer.of(plan)
    clock, zone = Clock.of(answer.problem), ZoneInfo(answer.labels["time_zone"])
    return {order: clock.at(tick).astimezone(zone) for order, tick in completions(answer).items()}


def _order_row(order: Order, projected: datetime | None) -> OrderRow:
    if projected is None:
        return OrderRow(order, None, "not in the plan" if order.status in Order.TO_PLAN else "", is_late=False)
    behind = projected - order.due
    return OrderRow(order, projected, lateness(behind), is_late=projected > order.due)
