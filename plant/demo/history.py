"""What the demo's shop floor has done by now: worked backwards from now, on open and free machine time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plant.calendars import open_windows_by_calendar
from plant.demo.tables import OrderLine
from plant.models import Machine, Operation, OperationMode, Order
from solver.calendars import Windows, normalise, subtract, walk_back, window_at

DAYS_BACK = 28
MINUTE = timedelta(minutes=1)
BETWEEN_STEPS = 50  # minutes from the end of a step to the start of the next, at least
SHARES = (35, 60, 20, 50, 75)  # per cent of the run that a started operation has behind it, in turn


class HistoryImpossible(ValueError):
    """The order book says that something has been done for which there was no machine time."""


@dataclass(slots=True)
class Lane:
    """One place on a machine; minutes count from now, so they are negative."""

    machine: Machine
    open: Windows
    is_taken_now: bool = False
    taken: list[tuple[int, int]] = field(default_factory=list)

    def last_gap(self, latest: int, minutes: int) -> tuple[int, int] | None:
        """Begin and end of the last stretch before `latest` with so many open minutes that nothing else shares; or None."""
        end = walk_back(self.open, latest, 1)
        while end is not None:
            begin = walk_back(self.open, end + 1, minutes)
            if begin is None:
                return None
            in_the_way = [taken for taken in self.taken if taken[0] <= end and begin < taken[1]]
            if not in_the_way:
                return begin, end + 1
            end = walk_back(self.open, min(in_the_way)[0], 1)
        return None


class ShopFloor:
    """The free time of every machine in the last weeks."""

    def __init__(self, now: datetime) -> None:
        self.now = now.replace(second=0, microsecond=0)
        machines = list(Machine.objects.select_related("cell").prefetch_related("downtimes"))
        calendars = {machine.working_calendar for machine in machines}
        open_time = open_windows_by_calendar(calendars, self.now - timedelta(days=DAYS_BACK), self.now)
        self.lanes: dict[int, list[Lane]] = {}
        for machine in machines:
            opened = tuple((self._minute(a), self._minute(b)) for a, b in open_time[machine.working_calendar.pk])
            down = normalise((self._minute(each.start), self._minute(each.end)) for each in machine.downtimes.all())
            is_down = window_at(down, -1) is not None
            self.lanes[machine.pk] = [Lane(machine, subtract(opened, down), is_down) for _ in range(machine.capacity)]

    def start(self, operation: Operation, share: int, pieces: int) -> int:
        """Report that `share` per cent of the operation is done; the minute in which it began."""
        for mode in _preferred(operation):
            for lane in self.lanes[mode.machine_id]:
                gap = None if lane.is_taken_now else lane.last_gap(0, mode.setup_minutes + mode.run_minutes * share // 100)
                if gap:
                    lane.is_taken_now = True
                    lane.taken.append((gap[0], 0))
                    operation.actual_machine, operation.actual_start = lane.machine, self._instant(gap[0])
                    operation.done_quantity = pieces * share // 100
                    return gap[0]
        raise HistoryImpossible(f"{operation} cannot have started: no machine is free for it.")

    def finish(self, operation: Operation, latest: int, pieces: int) -> int:
        """Report that the operation is done, as late as possible by minute `latest`; the minute in which it began."""
        (begin, end), lane = self._last_gap(operation, latest)
        lane.taken.append((begin, end))
        operation.actual_machine, operation.done_quantity = lane.machine, pieces
        operation.actual_start, operation.actual_end = self._instant(begin), self._instant(end)
        return begin

    def last_end(self, operation: Operation, latest: int) -> int:
        """The minute in which the operation would have ended, had it been done as late as possible by minute `latest`."""
        (_, end), _ = self._last_gap(operation, latest)
        return end

    def _last_gap(self, operation: Operation, latest: int) -> tuple[tuple[int, int], Lane]:
        gaps = [
            (gap, lane)
            for mode in _preferred(operation)
            for lane in self.lanes[mode.machine_id]
            if (gap := lane.last_gap(latest, mode.setup_minutes + mode.run_minutes + mode.teardown_minutes))
        ]
        if not gaps:
            raise HistoryImpossible(f"{operation} cannot be done already: no machine had time for it.")
        return max(gaps, key=lambda each: each[0][0])

    def _minute(self, moment: datetime) -> int:
        return (moment - self.now) // MINUTE

    def _instant(self, minute: int) -> datetime:
        return self.now + minute * MINUTE


def report_progress(lines: list[OrderLine], now: datetime) -> None:
    """Write the history of the order book into the orders' operations, and put releases before it."""
    floor = ShopFloor(now)
    by_number = {order.number: order for order in Order.objects.prefetch_related("operations__modes", "operations__links_after")}
    begun = [line for line in lines if line.finished_steps or line.next_has_started]
    # What is running now takes its machine first; then the latest history of each order goes before what lies further back.
    latest: dict[int, int] = {}
    changed: list[Operation] = []
    for turn, line in enumerate(begun):
        latest[line.number] = -BETWEEN_STEPS
        if line.next_has_started:
            operation = _operations(by_number, line)[line.finished_steps]
            begin = floor.start(operation, SHARES[turn % len(SHARES)], line.quantity)
            latest[line.number] = begin - BETWEEN_STEPS
            changed.append(operation)
    for line in begun:
        changed += _finish_steps(floor, line, _operations(by_number, line), latest[line.number])
    Operation.objects.bulk_update(changed, ["actual_machine", "actual_start", "actual_end", "done_quantity"])
    _release_in_time(changed)


def _finish_steps(floor: ShopFloor, line: OrderLine, operations: list[Operation], latest: int) -> list[Operation]:
    done = operations[: line.finished_steps]
    if done and not line.next_has_started and -floor.last_end(done[-1], latest - _cooling(done[-1])) > _patience(done[-1]):
        done.pop()  # what follows would have had to start by now: then this has not been done yet either
    for operation in reversed(done):
        latest = floor.finish(operation, latest - _cooling(operation), line.quantity) - BETWEEN_STEPS
    return done


def _cooling(operation: Operation) -> int:
    """Minutes between its end and what follows, at least."""
    return max((link.min_wait_minutes for link in operation.links_after.all()), default=0)


def _patience(operation: Operation) -> float:
    """Minutes after its end in which what follows can be put off: half of the longest wait, the rest is for the plan to come."""
    waits = [link.max_wait_minutes for link in operation.links_after.all() if link.max_wait_minutes is not None]
    return min(waits, default=math.inf) / 2


def _release_in_time(operations: list[Operation]) -> None:
    early: dict[int, Order] = {}
    for operation in operations:
        if operation.actual_start and operation.actual_start < operation.order.release:
            order = early.setdefault(operation.order_id, operation.order)
            order.release = operation.actual_start
    Order.objects.bulk_update(early.values(), ["release"])


def _operations(by_number: dict[str, Order], line: OrderLine) -> list[Operation]:
    return sorted(by_number[str(line.number)].operations.all(), key=lambda operation: operation.number)


def _preferred(operation: Operation) -> list[OperationMode]:
    return sorted(operation.modes.all(), key=lambda mode: (mode.cost, mode.machine_id))
