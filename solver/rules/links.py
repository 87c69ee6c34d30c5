"""What ties operations to orders, to one another and to the time axis."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from solver.rules.grounds import Case, Placed, Violation
from solver.visits import Visit, visits
from solver.wording import duration, moment


def time_axis(case: Case) -> Iterator[Violation]:
    """now, horizon."""
    for each in case.placed:
        if each.is_free and each.assignment.setup_start < 0:
            yield Violation("now", (each.operation.id,), f"{each.title} would have to start in the past.")
        if each.assignment.end > case.problem.horizon:
            late = duration(case.problem, each.assignment.end - case.problem.horizon)
            yield Violation("horizon", (each.operation.id,), f"{each.title} ends {late} behind the horizon.")


def order_dates(case: Case) -> Iterator[Violation]:
    """release, deadline."""
    for each in case.free:
        order = case.problem.order_by_id[each.operation.order]
        release = max(order.release, each.operation.release)
        if each.assignment.start < release:
            early = duration(case.problem, release - each.assignment.start)
            yield Violation("release", (each.operation.id,), f"{each.title} starts {early} before its release.")
        if order.deadline is not None and each.assignment.run_end > order.deadline:
            late = duration(case.problem, each.assignment.run_end - order.deadline)
            yield Violation("deadline", (each.operation.id,), f"{each.title} is finished {late} after the order's deadline.")


def precedences(case: Case) -> Iterator[Violation]:
    """precedence: not too early and not too late after the run of the one before."""
    for link in case.problem.precedences:
        before, after = case.by_operation.get(link.before), case.by_operation.get(link.after)
        if before is None or after is None or not after.is_free:
            continue
        lag = after.assignment.start - before.assignment.run_end
        if lag < link.min_lag:
            short = duration(case.problem, link.min_lag - lag)
            yield _out_of_step(before, after, f"starts {short} too early after {before.title}")
        if link.max_lag is not None and lag > link.max_lag:
            over = duration(case.problem, lag - link.max_lag)
            yield _out_of_step(before, after, f"starts {over} too late after {before.title}")


def _out_of_step(before: Placed, after: Placed, says: str) -> Violation:
    return Violation("precedence", (before.operation.id, after.operation.id), f"{after.title} {says}.")


def work_in_cells(case: Case) -> Iterator[Violation]:
    """wip: nothing enters a cell while as many others are there as the limit allows."""
    limits = {cell.id: cell for cell in case.problem.cells if cell.wip_limit is not None}
    stays: dict[str, list[tuple[int, int, Visit]]] = {cell: [] for cell in limits}
    for visit in visits(case.problem):
        inside = [case.by_operation[operation].assignment for operation in visit.operations if operation in case.by_operation]
        if visit.cell in limits and inside:
            entry = min(each.start for each in inside)
            leave = max(each.run_end for each in inside)
            stays[visit.cell].append((min(0, entry) if _has_entered(case, visit) else entry, leave, visit))
    for cell, there in stays.items():
        begins, ends = sorted(begin for begin, _, _ in there), sorted(end for _, end, _ in there)
        for entry, _, entering in there:
            orders = bisect_right(begins, entry) - bisect_right(ends, entry)
            if orders > (limits[cell].wip_limit or 0) and not _has_entered(case, entering):
                present = [visit for begin, end, visit in there if begin <= entry < end]
                message = (
                    f"{limits[cell].name} would hold {orders} orders at {moment(case.problem, entry)}; "
                    f"its limit is {limits[cell].wip_limit}."
                )
                yield Violation("wip", tuple(operation for visit in present for operation in visit.operations), message)


def _has_entered(case: Case, visit: Visit) -> bool:
    """Whether history has let this visit in: one of its operations has an actual."""
    return any(case.problem.operation_by_id[operation].actual is not None for operation in visit.operations)
