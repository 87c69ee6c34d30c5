"""A slow and simple scheduler, only there to know that a generated problem can be solved and to have a legal schedule to spoil.

It places one operation after another, always behind everything that is on the machine already, and tries later and later
instants until nobody objects. It gives up easily.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from solver.calendars import shift_windows, working_windows
from solver.history import history
from solver.problem import Crew, Machine, Mode, Operation, Problem
from solver.schedule import Assignment, Schedule
from solver.skills import qualified_windows
from solver.timing import Clock, Span, Work, make_clock, place, span_pauses
from solver.visits import visits

Engagement = tuple[int, int]
ATTEMPTS = 60


def find_schedule(problem: Problem, priorities: Sequence[str]) -> Schedule | None:
    """A schedule that knows no pins and no frozen zone; `priorities`: operation ids, most urgent first. None: gave up."""
    placed = history(problem)
    waiting = [operation for operation in priorities if operation not in placed]
    while waiting:
        ready = next(each for each in waiting if not _predecessors(problem, each) & set(waiting))
        found = next(_placements(problem, placed, problem.operation_by_id[ready]), None)
        if found is None:
            return None
        placed[ready] = found
        waiting.remove(ready)
    return Schedule(tuple(placed[operation.id] for operation in problem.operations))


def _predecessors(problem: Problem, operation: str) -> set[str]:
    return {link.before for link in problem.precedences if link.after == operation}


def _placements(problem: Problem, placed: dict[str, Assignment], operation: Operation) -> Iterator[Assignment]:
    for mode in operation.modes:
        for crew in _crews(problem, operation.crew):
            yield from _with_crew(problem, placed, operation, mode, crew)


def _crews(problem: Problem, demands: Sequence[Crew], taken: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], ...]]:
    if not demands:
        yield ()
        return
    fit = [each.id for each in problem.operators if each.id not in taken and qualified_windows(each, demands[0])]
    for chosen in combinations(fit, demands[0].count):
        for rest in _crews(problem, demands[1:], taken + chosen):
            yield (chosen, *rest)


def _with_crew(
    problem: Problem, placed: dict[str, Assignment], operation: Operation, mode: Mode, crew: tuple[tuple[str, ...], ...]
) -> Iterator[Assignment]:
    machine = problem.machine_by_id[mode.machine]
    there = sorted((each for each in placed.values() if each.machine == machine.id), key=lambda each: (each.start, each.end))
    setup = mode.setup + _changeover(problem, machine, there, operation)
    if not setup:
        crew = tuple(() if need.phase == "setup" else who for need, who in zip(operation.crew, crew, strict=True))
    clock = _clock(problem, machine, operation, crew)
    work = Work(setup, mode.run, mode.teardown, operation.may_pause)
    setup_from = max([0, *(each.end for each in there)]) if machine.capacity == 1 else 0
    run_from = _earliest_run(problem, placed, operation)
    for _ in range(ATTEMPTS):
        span = place(work, clock, setup_from, run_from)
        if span is None:
            return
        found = Assignment(operation.id, machine.id, *span, operators=crew, pauses=span_pauses(work, clock, span))
        if _nobody_objects(problem, placed, operation, found):
            yield found
        run_from = span.start + 1


def _changeover(problem: Problem, machine: Machine, there: Sequence[Assignment], operation: Operation) -> int:
    if machine.setup_matrix is None:
        return 0
    before = problem.operation_by_id[there[-1].operation].setup_family if there else machine.initial_family
    return problem.matrix_by_id[machine.setup_matrix].changeover(before, operation.setup_family)


def _clock(problem: Problem, machine: Machine, operation: Operation, crew: tuple[tuple[str, ...], ...]) -> Clock:
    shifts = {phase: _shifts(problem, operation, crew, phase) for phase in ("all", "setup")}
    return make_clock(working_windows(machine), shifts["all"], shifts["setup"])


def _shifts(
    problem: Problem, operation: Operation, crew: tuple[tuple[str, ...], ...], phase: str
) -> list[tuple[Engagement, ...]]:
    people = [who for need, group in zip(operation.crew, crew, strict=True) if need.phase == phase for who in group]
    return [shift_windows(problem.operator_by_id[who]) for who in people]


def _earliest_run(problem: Problem, placed: dict[str, Assignment], operation: Operation) -> int:
    ready = [placed[link.before].run_end + link.min_lag for link in problem.precedences if link.after == operation.id]
    return max([operation.release, problem.order_by_id[operation.order].release, *ready])


def _nobody_objects(problem: Problem, placed: dict[str, Assignment], operation: Operation, found: Assignment) -> bool:
    return (
        found.end <= problem.horizon
        and found.run_end <= _latest(problem, operation)
        and _in_time(problem, placed, operation, found)
        and _has_room(problem, placed, found)
        and _people_are_free(problem, placed, operation, found)
        and _cells_have_room(problem, {**placed, operation.id: found})
    )


def _latest(problem: Problem, operation: Operation) -> int:
    deadline = problem.order_by_id[operation.order].deadline
    return problem.horizon if deadline is None else deadline


def _in_time(problem: Problem, placed: dict[str, Assignment], operation: Operation, found: Assignment) -> bool:
    links = [link for link in problem.precedences if link.after == operation.id and link.max_lag is not None]
    return all(found.start <= placed[link.before].run_end + (link.max_lag or 0) for link in links)


def _has_room(problem: Problem, placed: dict[str, Assignment], found: Assignment) -> bool:
    spans = [Span(*_instants(each)) for each in (*placed.values(), found) if each.machine == found.machine]
    busy = [(span.setup_start, span.end) for span in spans]
    return _most_at_once(busy, (found.setup_start, found.end)) <= problem.machine_by_id[found.machine].capacity


def _instants(assignment: Assignment) -> tuple[int, int, int, int]:
    return assignment.setup_start, assignment.start, assignment.run_end, assignment.end


def _most_at_once(spans: Iterable[Engagement], during: Engagement) -> int:
    """How many of the spans hold the same tick of `during`, at most."""
    spans = list(spans)
    return max((sum(begin <= tick < end for begin, end in spans) for tick in range(*during)), default=0)


def engagements(operation: Operation, assignment: Assignment) -> Iterator[tuple[Crew, str, Engagement]]:
    """Who is engaged when, and what for."""
    for need, people in zip(operation.crew, assignment.operators, strict=False):
        until = assignment.start if need.phase == "setup" else assignment.end
        for who in people:
            yield need, who, (assignment.setup_start, until)


def _people_are_free(problem: Problem, placed: dict[str, Assignment], operation: Operation, found: Assignment) -> bool:
    busy = [
        (who, span) for each in placed.values() for _, who, span in engagements(problem.operation_by_id[each.operation], each)
    ]
    for need, person, (begin, end) in engagements(operation, found):
        qualified = qualified_windows(problem.operator_by_id[person], need)
        if not any(first <= begin and end <= last for first, last in qualified):
            return False
        if any(who == person and span[0] < end and begin < span[1] for who, span in busy):
            return False
    return True


def _cells_have_room(problem: Problem, placed: dict[str, Assignment]) -> bool:
    stays: dict[str, list[Engagement]] = {}
    for visit in visits(problem):
        inside = [placed[operation] for operation in visit.operations if operation in placed]
        if inside:
            stays.setdefault(visit.cell, []).append((min(each.start for each in inside), max(each.run_end for each in inside)))
    limited = [cell for cell in problem.cells if cell.wip_limit is not None]
    return all(
        sum(begin <= entry < end for begin, end in stays.get(cell.id, ())) <= (cell.wip_limit or 0)
        for cell in limited
        for entry, _ in stays.get(cell.id, ())
        if entry >= 0
    )
