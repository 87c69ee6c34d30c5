"""How ticks, operations and lists read in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from solver.problem import Operation, Problem


def title(problem: Problem, operation: Operation) -> str:
    """ "Order 4711, 'Drilling'"; the order's id where the problem does not know the order."""
    order = problem.order_by_id.get(operation.order)
    return f"Order {order.name if order else operation.order}, '{operation.name}'"


def moment(problem: Problem, tick: int) -> str:
    """An instant as weekday, date and time at the epoch's offset from UTC, which it names: "Mon 2026-03-02 07:10 (UTC+01:00)"."""
    try:
        instant = datetime.fromisoformat(problem.epoch) + timedelta(seconds=tick * problem.tick_seconds)
    except (ValueError, OverflowError):
        return f"tick {tick}"
    return f"{instant:%a %Y-%m-%d %H:%M} ({instant.tzinfo})" if instant.tzinfo else f"{instant:%a %Y-%m-%d %H:%M}"


def duration(problem: Problem, ticks: int) -> str:
    """A length of time in days, hours and minutes: "2 h 5 min". Seconds are told only when a tick is not whole minutes."""
    seconds = ticks * problem.tick_seconds
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 min"


def listed(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
