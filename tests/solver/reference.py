"""The rules a second time, by living through the schedule tick by tick.

Slow and naive on purpose: sets of ticks instead of intervals, a machine that is watched instead of a formula. It only says yes or
no. It shares nothing with `solver.rules`, `solver.calendars` and `solver.timing`, so where it agrees with `verify` on many small
cases, both are likely to be right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from solver.problem import Interval, Machine, Operation, Precedence, Problem
from solver.schedule import Assignment, Schedule

Crowd = dict[int, list[str]]
"""Who is somewhere at each tick."""


def is_legal(problem: Problem, schedule: Schedule) -> bool:
    if [each.operation for each in schedule.assignments] != [each.id for each in problem.operations]:
        return False
    placed = {each.operation: each for each in schedule.assignments}
    if any(each.machine not in problem.machine_by_id for each in schedule.assignments):
        return False
    return (
        all(_is_done_right(problem, placed, operation) for operation in problem.operations)
        and all(_is_connected(problem, placed, link) for link in problem.precedences)
        and _machines_hold(problem, placed)
        and _people_are_single(problem, placed)
        and _cells_hold(problem, placed)
        and _decisions_hold(problem, placed)
    )


def _ticks(windows: Sequence[Interval]) -> set[int]:
    return {tick for begin, end in windows for tick in range(begin, end)}


def _open(machine: Machine) -> set[int]:
    return _ticks(machine.windows) - _ticks([(down.start, down.end) for down in machine.downtime])


def _is_done_right(problem: Problem, placed: dict[str, Assignment], operation: Operation) -> bool:
    at = placed[operation.id]
    if at.end > problem.horizon:
        return False
    if operation.actual is not None:
        return _is_history(problem, operation, at)
    order = problem.order_by_id[operation.order]
    return (
        at.setup_start >= 0
        and at.start >= max(order.release, operation.release)
        and (order.deadline is None or at.run_end <= order.deadline)
        and any(mode.machine == at.machine for mode in operation.modes)
        and _crew_is_right(problem, placed, operation)
        and _lived(problem, placed, operation) == at
    )


def _is_history(problem: Problem, operation: Operation, at: Assignment) -> bool:
    """What was reported, and of a started operation the rest worked off tick by tick."""
    actual = operation.actual
    assert actual is not None
    reported = (actual.machine, actual.setup_start, actual.start, actual.operators)
    if (at.machine, at.setup_start, at.start, at.operators) != reported:
        return False
    if actual.end is not None:
        return (at.run_end, at.end, at.pauses) == (actual.end, actual.end, ())
    opened = _open(problem.machine_by_id[actual.machine])
    teardown = sum(mode.teardown for mode in operation.modes if mode.machine == actual.machine)
    now = begin = max(0, actual.start)
    ends = []
    for amount in (actual.remaining, teardown):
        worked = 0
        while worked < amount and now < problem.horizon:
            worked += now in opened
            now += 1
        ends.append(now)
    return [at.run_end, at.end] == ends and _ticks(at.pauses) == set(range(begin, now)) - opened


def _lived(problem: Problem, placed: dict[str, Assignment], operation: Operation) -> Assignment | None:
    """What comes of the operation when its setup begins as said and it works whenever it can; None when it cannot be so."""
    at = placed[operation.id]
    mode = next(mode for mode in operation.modes if mode.machine == at.machine)
    run_open = _open(problem.machine_by_id[at.machine]) & _there(problem, operation, at, "all")
    setup_open = run_open & _there(problem, operation, at, "setup")
    left = [(_setup(problem, placed, operation), setup_open), (mode.run, run_open), (mode.teardown, run_open)]
    now, worked = at.setup_start, list[int]()
    edges = [now]
    for amount, opened in left:
        first = None
        for _ in range(amount):
            while now not in opened:
                if now > problem.horizon or not operation.may_pause or not worked:
                    return None
                now += 1
            first = now if first is None else first
            worked.append(now)
            now += 1
        edges += [first if first is not None else now, now]
    start = edges[3]
    idle = sorted(set(range(at.setup_start, edges[6])) - set(worked))
    return Assignment(operation.id, at.machine, at.setup_start, start, edges[4], edges[6], at.operators, tuple(_joined(idle)))


def _joined(ticks: Sequence[int]) -> Iterator[Interval]:
    for tick in ticks:
        if tick - 1 not in ticks:
            end = tick
            while end in ticks:
                end += 1
            yield tick, end


def _there(problem: Problem, operation: Operation, at: Assignment, phase: str) -> set[int]:
    ticks = set(range(-1, problem.horizon + 1))
    for need, people in zip(operation.crew, at.operators, strict=True):
        for who in people:
            if need.phase == phase:
                ticks &= _ticks(problem.operator_by_id[who].windows)
    return ticks


def _setup(problem: Problem, placed: dict[str, Assignment], operation: Operation) -> int:
    """The mode's own setup, and the changeover from what was on the machine when one looks back from `start`."""
    at = placed[operation.id]
    machine = problem.machine_by_id[at.machine]
    own = next(mode.setup for mode in operation.modes if mode.machine == at.machine)
    matrix = next((each for each in problem.setup_matrices if each.id == machine.setup_matrix), None)
    if matrix is None:
        return own
    earlier = [each for each in placed.values() if each.machine == machine.id and each.start < at.start]
    before = machine.initial_family
    if earlier:
        last = max(earlier, key=lambda each: each.start)
        before = problem.operation_by_id[last.operation].setup_family
    families = list(matrix.families)
    if before not in families or operation.setup_family not in families:
        return own
    return own + matrix.times[families.index(before)][families.index(operation.setup_family)]


def _crew_is_right(problem: Problem, placed: dict[str, Assignment], operation: Operation) -> bool:
    at = placed[operation.id]
    needs_setup = _setup(problem, placed, operation) > 0
    wanted = [need.count if need.phase == "all" or needs_setup else 0 for need in operation.crew]
    everybody = [who for people in at.operators for who in people]
    if [len(people) for people in at.operators] != wanted or len(set(everybody)) < len(everybody):
        return False
    if not set(everybody) <= set(problem.operator_by_id):
        return False
    for need, people in zip(operation.crew, at.operators, strict=True):
        for who in people:
            able: set[int] = set()
            for held in problem.operator_by_id[who].skills:
                if held.skill == need.skill and held.level >= need.level:
                    begin = -1000 if held.valid_from is None else held.valid_from
                    able |= set(range(begin, 2000 if held.valid_until is None else held.valid_until))
            if not set(range(at.setup_start, at.start if need.phase == "setup" else at.end)) <= able:
                return False
    return True


def _is_connected(problem: Problem, placed: dict[str, Assignment], link: Precedence) -> bool:
    if problem.operation_by_id[link.after].actual is not None:
        return True
    gap = placed[link.after].start - placed[link.before].run_end
    return gap >= link.min_lag and (link.max_lag is None or gap <= link.max_lag)


def _free(problem: Problem) -> set[str]:
    return {operation.id for operation in problem.operations if operation.actual is None}


def _machines_hold(problem: Problem, placed: dict[str, Assignment]) -> bool:
    free = _free(problem)
    for machine in problem.machines:
        crowd: Crowd = {}
        for each in placed.values():
            if each.machine == machine.id:
                _join(crowd, each.operation, each.setup_start, each.end)
        if any(len(there) > machine.capacity and free & set(there) for there in crowd.values()):
            return False
    return True


def _join(crowd: Crowd, who: str, begin: int, end: int) -> None:
    for tick in range(begin, end):
        crowd.setdefault(tick, []).append(who)


def _people_are_single(problem: Problem, placed: dict[str, Assignment]) -> bool:
    free = _free(problem)
    for person in problem.operators:
        crowd: Crowd = {}
        for each in placed.values():
            for need, people in zip(problem.operation_by_id[each.operation].crew, each.operators, strict=False):
                if person.id in people:
                    _join(crowd, each.operation, each.setup_start, each.start if need.phase == "setup" else each.end)
        if any(len(there) > 1 and free & set(there) for there in crowd.values()):
            return False
    return True


def _cells_hold(problem: Problem, placed: dict[str, Assignment]) -> bool:
    """Watches each limited cell: whoever comes in must find room."""
    for cell in problem.cells:
        groups = _groups(problem, cell.id)
        news = [_stay(placed, group) for group in groups if group <= _free(problem)]
        olds = [_stay(placed, group) for group in groups if not group <= _free(problem)]
        present = Counter(tick for begin, end in news for tick in range(begin, end))
        present.update(tick for begin, end in olds for tick in range(min(0, begin), end))
        if cell.wip_limit is not None and any(present[begin] > cell.wip_limit for begin, _ in news):
            return False
    return True


def _stay(placed: dict[str, Assignment], group: set[str]) -> Interval:
    return min(placed[each].start for each in group), max(placed[each].run_end for each in group)


def _groups(problem: Problem, cell: str) -> list[set[str]]:
    """Operations of one order in this cell, grown together along precedences until nothing changes."""
    groups = [{operation.id} for operation in problem.operations if operation.cell == cell]
    for link in problem.precedences * len(problem.operations):
        first, second = problem.operation_by_id[link.before], problem.operation_by_id[link.after]
        if first.cell == second.cell == cell and first.order == second.order:
            joined = set[str]().union(*(group for group in groups if {first.id, second.id} & group))
            groups = [*(group for group in groups if not group & joined), joined]
    return groups


def _decisions_hold(problem: Problem, placed: dict[str, Assignment]) -> bool:
    free = _free(problem)
    for pin in problem.pins:
        at = placed[pin.operation]
        wrong_place = pin.machine not in {None, at.machine} or pin.start not in {None, at.start}
        other = placed[pin.after] if pin.after is not None else None
        wrong_turn = other is not None and (other.machine != at.machine or other.end > at.setup_start)
        if pin.operation in free and (wrong_place or wrong_turn):
            return False
    return problem.frozen_until is None or all(_is_frozen_right(problem, placed[key], problem.frozen_until) for key in free)


def _is_frozen_right(problem: Problem, at: Assignment, until: int) -> bool:
    for planned in problem.baseline:
        if planned.operation == at.operation and planned.setup_start < until:
            return planned.setup_start < 0 or (planned.machine, planned.start) == (at.machine, at.start)
    return at.setup_start >= until
