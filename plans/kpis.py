"""The figures above a plan: what it is worth in a planner's units, and what changed against the published plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

from plans.answers import Answer
from solver.calendars import working, working_windows
from solver.problem import Problem
from solver.schedule import Assignment, Measures, measure

Better = Literal["lower", "higher", "neither"]


@dataclass(frozen=True, slots=True)
class Kpi:
    """`change`: this plan's value minus the published plan's; None without one, or when the figure is itself a comparison.

    `subject` names what the figure is about when it is about one thing, such as the busiest machine.
    """

    key: str
    label: str
    value: float
    unit: str
    better: Better
    change: float | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a machine is: worked ticks within open ticks, from now to the end of the plan or the planned time."""

    name: str
    busy: int
    open: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.busy, self.open) if self.open else Fraction(0)


def kpis(answer: Answer, published: Answer | None = None) -> list[Kpi]:
    """The figures of a plan, with their change against the published one."""
    figures = _figures(answer)
    if published is None:
        return figures
    before = {figure.key: figure.value for figure in _figures(published)}
    return [replace(figure, change=_change(figure, before)) for figure in figures]


def machine_loads(answer: Answer) -> list[Load]:
    """The load of every machine, in the problem's order."""
    problem, schedule = answer.problem, answer.schedule
    last = max((assignment.end for assignment in schedule.assignments), default=0)
    until = min(last, answer.labels["planned_until"])
    busy: dict[str, int] = defaultdict(int)
    for assignment in schedule.assignments:
        busy[assignment.machine] += worked(assignment, until)
    return [
        Load(machine.name, busy[machine.id], working(working_windows(machine), 0, until) * machine.capacity)
        for machine in problem.machines
    ]


def worked(assignment: Assignment, until: int) -> int:
    """Ticks of [0, until) in which an assignment works: its pauses do not count."""

    def overlap(begin: int, end: int) -> int:
        return max(0, min(end, until) - max(begin, 0))

    return overlap(assignment.setup_start, assignment.end) - sum(overlap(*pause) for pause in assignment.pauses)


def _figures(answer: Answer) -> list[Kpi]:
    problem = answer.problem
    measures = measure(problem, answer.schedule)
    hours = problem.tick_seconds / 3600
    dated = sum(order.due is not None for order in problem.orders)
    on_time = 100 * (dated - measures.late_orders) / dated if dated else 100.0
    return [
        Kpi("late_orders", "Late orders", measures.late_orders, "", "lower"),
        Kpi("weighted_tardiness", "Weighted tardiness", tenths(measures.weighted_tardiness * hours), "h", "lower"),
        Kpi("on_time", "On time", tenths(on_time), "%", "higher"),
        _bottleneck(answer),
        Kpi("setup", "Setup", tenths(measures.setup * hours), "h", "lower"),
        _moved(problem, measures),
    ]


def tenths(value: float) -> float:
    """Rounded to one decimal, halves up as browsers do: a figure is the same on the run's page and on the plan's."""
    return float(Decimal(repr(value)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _change(figure: Kpi, before: Mapping[str, float]) -> float | None:
    """“Moved” is a comparison already."""
    return None if figure.key == "moved" else round(figure.value - before[figure.key], 1)


def _bottleneck(answer: Answer) -> Kpi:
    busiest = max(machine_loads(answer), key=lambda load: load.share, default=Load("", 0, 0))
    return Kpi("bottleneck", "Bottleneck", tenths(float(100 * busiest.share)), "%", "neither", subject=busiest.name)


def _moved(problem: Problem, measures: Measures) -> Kpi:
    subject = "" if problem.baseline else "nothing published"
    return Kpi("moved", "Moved", measures.churn, "", "lower", subject=subject)
