"""How many orders are in a cell."""

from __future__ import annotations

from typing import NamedTuple

from ortools.sat.python import cp_model

from solver.formulation.machines import blocks, profile
from solver.formulation.variables import Formulation, Timed
from solver.schedule import Assignment, Schedule
from solver.visits import Visit


class Stay(NamedTuple):
    """When a visit begins and ends: expressions, or numbers."""

    visit: Visit
    start: cp_model.LinearExprT
    end: cp_model.LinearExprT


def wip(formulation: Formulation) -> None:
    """No visit enters a cell while as many others are present as its limit allows. Exact.

    Visits that history let in may be too many by themselves. Then the gate stays shut until enough of them have left: only the
    last ones to leave, as many as the limit, are counted.
    """
    for cell in formulation.problem.cells:
        visits = [visit for visit in formulation.grounds.visits if visit.cell == cell.id and _complete(formulation, visit)]
        if cell.wip_limit is not None and any(_is_free(formulation, visit) for visit in visits):
            _limit(formulation, cell.wip_limit, visits)


def _limit(formulation: Formulation, limit: int, visits: list[Visit]) -> None:
    facts = formulation.grounds.facts
    let_in = [visit for visit in visits if any(operation in facts for operation in visit.operations)]
    entering = [visit for visit in visits if visit not in let_in]
    settled = [_stay(formulation, visit) for visit in entering if not _is_free(formulation, visit)]
    present = [_stay(formulation, visit) for visit in let_in]
    intervals = [_interval(formulation, _stay(formulation, visit)) for visit in entering if _is_free(formulation, visit)]
    intervals += _last_to_leave(formulation, limit, [stay for stay in present if not isinstance(stay.end, int) or stay.end > 0])
    load = profile([(stay.start, stay.end) for stay in settled], limit)
    demands = [*(1 for _ in intervals), *(demand for _, demand in load)]
    formulation.cp.add_cumulative([*intervals, *blocks(formulation, [span for span, _ in load])], demands, limit)


def _complete(formulation: Formulation, visit: Visit) -> bool:
    return all(operation in formulation.timed for operation in visit.operations)


def _is_free(formulation: Formulation, visit: Visit) -> bool:
    return any(formulation.timed[operation].fixed is None for operation in visit.operations)


def _stay(formulation: Formulation, visit: Visit) -> Stay:
    """From at or before every `start` to at or after every `run_end` of the visit; no constraint wants it longer."""
    members = [formulation.timed[operation] for operation in visit.operations]
    if len(members) == 1:
        return Stay(visit, members[0].start, members[0].run_end)
    if not _is_free(formulation, visit):
        return Stay(visit, min(_fixed(timed).start for timed in members), max(_fixed(timed).run_end for timed in members))
    start = formulation.cp.new_int_var(_lowest(formulation, visit), formulation.problem.horizon, f"{visit.order} enters")
    end = formulation.cp.new_int_var(_lowest(formulation, visit), formulation.problem.horizon, f"{visit.order} leaves")
    for timed in members:
        formulation.cp.add(start <= timed.start)
        formulation.cp.add(end >= timed.run_end)
    formulation.hinters.append(lambda schedule: zip((start, end), _seen(schedule, visit), strict=True))
    return Stay(visit, start, end)


def _fixed(timed: Timed) -> Assignment:
    assert timed.fixed is not None, "asked only for visits without a free operation"  # noqa: S101 - tells mypy what the caller checked
    return timed.fixed


def _seen(schedule: Schedule, visit: Visit) -> tuple[int, int]:
    assignments = [schedule.by_operation[operation] for operation in visit.operations]
    return min(a.start for a in assignments), max(a.run_end for a in assignments)


def _interval(formulation: Formulation, stay: Stay) -> cp_model.IntervalVar:
    return formulation.cp.new_interval_var(stay.start, _size(formulation, stay), stay.end, "")


def _size(formulation: Formulation, stay: Stay) -> cp_model.LinearExprT:
    if isinstance(stay.start, int) and isinstance(stay.end, int):
        return stay.end - stay.start
    size = formulation.cp.new_int_var(0, formulation.problem.horizon - _lowest(formulation, stay.visit), "")
    formulation.hinters.append(lambda schedule: [(size, _hinted_size(schedule, stay))])
    return size


def _lowest(formulation: Formulation, visit: Visit) -> int:
    return min(0, *(formulation.spans[operation].start_min for operation in visit.operations))


def _hinted_size(schedule: Schedule, stay: Stay) -> int:
    start, end = _seen(schedule, stay.visit)
    return end - stay.start if isinstance(stay.start, int) else end - start


def _last_to_leave(formulation: Formulation, limit: int, stays: list[Stay]) -> list[cp_model.IntervalVar]:
    """The stays that keep the gate shut, each counted from tick 0 on."""
    here = [stay._replace(start=0) for stay in stays]
    if len(here) <= limit:
        return [_interval(formulation, stay) for stay in here]
    cp = formulation.cp
    turn = cp.new_int_var(0, formulation.problem.horizon, "the gate opens")
    counted = []
    lits = [cp.new_bool_var("") for _ in here]
    for stay, lit in zip(here, lits, strict=True):
        cp.add(stay.end >= turn).only_enforce_if(lit)
        cp.add(stay.end <= turn).only_enforce_if(lit.negated())
        counted.append(cp.new_optional_interval_var(0, _size(formulation, stay), stay.end, lit, ""))
    cp.add(cp_model.LinearExpr.sum(lits) == limit)
    formulation.hinters.append(lambda schedule: _hint_turn(schedule, limit, here, (turn, lits)))
    return counted


def _hint_turn(
    schedule: Schedule, limit: int, stays: list[Stay], gate: tuple[cp_model.IntVar, list[cp_model.IntVar]]
) -> list[tuple[cp_model.IntVar, int]]:
    turn, lits = gate
    ends = [_seen(schedule, stay.visit)[1] for stay in stays]
    last = set(sorted(range(len(ends)), key=ends.__getitem__)[-limit:])
    return [(turn, min(ends[index] for index in last)), *((lit, int(index in last)) for index, lit in enumerate(lits))]
