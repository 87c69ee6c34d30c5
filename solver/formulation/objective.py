"""What is minimised: every term of the Problem's objective that has a weight, exactly as `solver.schedule.measure` has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ortools.sat.python import cp_model

from solver.formulation.variables import Formulation, Terms, Timed
from solver.problem import Objective, Operation, Order, Problem
from solver.schedule import Schedule, measure, setup_ticks


def objective(formulation: Formulation) -> None:
    """Minimise the weighted sum. Exact: in every solution the objective is that of the schedule it stands for."""
    weights = formulation.problem.objective.weights
    completions = _completions(formulation)
    for name, family in (
        ("weighted_tardiness", _weighted_tardiness),
        ("late_orders", _late_orders),
        ("makespan", _makespan),
        ("flow_time", _flow_time),
    ):
        if weights[name]:
            formulation.terms[name] = family(formulation, completions)
    for name, chosen in (("setup", _setup), ("mode_cost", _mode_cost), ("churn", _churn)):
        if weights[name]:
            formulation.terms[name] = chosen(formulation)
    formulation.objective = weighed(formulation, formulation.problem.objective)
    formulation.cp.minimize(formulation.objective)


def weighed(formulation: Formulation, objective: Objective) -> cp_model.LinearExprT:
    """What an objective, which has none but the Problem's terms, is worth in a solution."""
    rows = ((objective.weights[name], terms) for name, terms in formulation.terms.items())
    return sum((weight * factor) * term for weight, terms in rows for factor, term in terms if weight)


def latest_completions(problem: Problem, upper_bound: int | None) -> Mapping[str, int]:
    """By order, the completion that alone would cost more than `upper_bound` when exceeded. Exact up to that objective.

    It needs every other term to be at least 0, which flow time is not for orders that were completed before their release.
    """
    if upper_bound is None or problem.objective.flow_time:
        return {}
    latest: dict[str, int] = {}
    for order in problem.orders:
        ends = [problem.horizon]
        if problem.objective.makespan:
            ends.append(upper_bound // problem.objective.makespan)
        if order.due is not None and (price := problem.objective.weighted_tardiness * order.weight):
            ends.append(max(0, order.due) + upper_bound // price)
        latest[order.id] = min(ends)
    return latest


def _completions(formulation: Formulation) -> Mapping[str, cp_model.LinearExprT]:
    """When each order is completed: the latest `run_end` of its operations. Exact."""
    by_order: dict[str, list[Timed]] = {}
    for timed in formulation.timed.values():
        by_order.setdefault(timed.operation.order, []).append(timed)
    return {order: _latest(formulation, members) for order, members in by_order.items()}


def _latest(formulation: Formulation, members: list[Timed]) -> cp_model.LinearExprT:
    """The largest `run_end`; an operation that another one of the order waits for cannot be it."""
    followed = {
        link.before
        for timed in members
        for link in formulation.grounds.before.get(timed.operation.id, ())
        if link.min_lag >= 0 and timed.operation.id not in formulation.grounds.facts
    }
    last = [timed for timed in members if timed.operation.id not in followed]
    fixed = [timed.fixed.run_end for timed in last if timed.fixed]
    free = [timed.run_end for timed in last if timed.fixed is None]
    if not free:
        return max(fixed)
    candidates = [*free, *([max(fixed)] if fixed else [])]
    if len(candidates) == 1:
        return candidates[0]
    completion = formulation.cp.new_int_var(min([0, *fixed]), max([formulation.problem.horizon, *fixed]), "")
    formulation.cp.add_max_equality(completion, candidates)
    operations = [timed.operation.id for timed in last]
    formulation.hinters.append(lambda schedule: [(completion, max(schedule.by_operation[o].run_end for o in operations))])
    return completion


def _due_orders(formulation: Formulation, completions: Mapping[str, cp_model.LinearExprT]) -> list[tuple[Order, int]]:
    return [(order, order.due) for order in formulation.problem.orders if order.due is not None and order.id in completions]


def _weighted_tardiness(formulation: Formulation, completions: Mapping[str, cp_model.LinearExprT]) -> Terms:
    terms: Terms = []
    for order, due in _due_orders(formulation, completions):
        completion = completions[order.id]
        if isinstance(completion, int):
            terms.append((order.weight, max(0, completion - due)))
            continue
        tardiness = formulation.cp.new_int_var(0, max(0, formulation.problem.horizon - due), f"{order.id} tardiness")
        formulation.cp.add_max_equality(tardiness, [0, completion - due])
        formulation.hinters.append(_hinter(formulation, tardiness, order, partial(_late_by, due)))
        terms.append((order.weight, tardiness))
    return terms


def _late_orders(formulation: Formulation, completions: Mapping[str, cp_model.LinearExprT]) -> Terms:
    terms: Terms = []
    for order, due in _due_orders(formulation, completions):
        completion = completions[order.id]
        if isinstance(completion, int):
            terms.append((1, int(completion > due)))
            continue
        late = formulation.cp.new_bool_var(f"{order.id} late")
        formulation.cp.add(completion <= due).only_enforce_if(~late)
        formulation.cp.add(completion >= due + 1).only_enforce_if(late)
        formulation.hinters.append(_hinter(formulation, late, order, partial(_is_late, due)))
        terms.append((1, late))
    return terms


def _late_by(due: int, completion: int) -> int:
    return max(0, completion - due)


def _is_late(due: int, completion: int) -> int:
    return int(completion > due)


def _hinter(
    formulation: Formulation, variable: cp_model.IntVar, order: Order, value: Callable[[int], int]
) -> Callable[[Schedule], list[tuple[cp_model.IntVar, int]]]:
    operations = formulation.grounds.members[order.id]
    return lambda schedule: [(variable, value(max(schedule.by_operation[o].run_end for o in operations)))]


def _makespan(formulation: Formulation, completions: Mapping[str, cp_model.LinearExprT]) -> Terms:
    free = [completion for completion in completions.values() if not isinstance(completion, int)]
    fixed = max([0, *(completion for completion in completions.values() if isinstance(completion, int))])
    if not free:
        return [(1, fixed)]
    makespan = formulation.cp.new_int_var(fixed, max(formulation.problem.horizon, fixed), "makespan")
    formulation.cp.add_max_equality(makespan, [*free, fixed])
    formulation.makespan = makespan
    problem = formulation.problem
    formulation.hinters.append(lambda schedule: [(makespan, measure(problem, schedule).makespan)])
    return [(1, makespan)]


def _flow_time(formulation: Formulation, completions: Mapping[str, cp_model.LinearExprT]) -> Terms:
    return [(1, completions[order.id] - order.release) for order in formulation.problem.orders if order.id in completions]


def _setup(formulation: Formulation) -> Terms:
    terms: Terms = []
    for timed in formulation.timed.values():
        if timed.fixed is not None:
            terms.append((1, setup_ticks(timed.fixed) if timed.operation.actual is None else 0))
        terms += [(way.setup_worked, lit) for way, lit in zip(timed.ways, timed.chosen, strict=True) if way.setup_worked]
    return terms


def _mode_cost(formulation: Formulation) -> Terms:
    terms: Terms = []
    for timed in formulation.timed.values():
        if timed.fixed is not None:
            mode = timed.operation.mode_on(timed.fixed.machine)
            terms.append((1, mode.cost if mode else 0))
        terms += [(way.mode.cost, lit) for way, lit in zip(timed.ways, timed.chosen, strict=True) if way.mode.cost]
    return terms


def _churn(formulation: Formulation) -> Terms:
    """An operation has moved unless it is on its machine and close enough to its start in the baseline."""
    problem, terms = formulation.problem, []
    for planned in problem.baseline:
        timed = formulation.timed.get(planned.operation)
        if timed is None:
            continue
        if timed.fixed is not None:
            away = abs(timed.fixed.start - planned.start) > problem.churn_tolerance
            terms.append((1, int(timed.fixed.machine != planned.machine or away)))
            continue
        terms.append((1, _moved(formulation, timed)))
    return terms


def _moved(formulation: Formulation, timed: Timed) -> cp_model.LinearExprT:
    """True whenever the operation is off its baseline; minimising makes it false otherwise."""
    problem, cp = formulation.problem, formulation.cp
    planned = problem.baseline_by_operation[timed.operation.id]
    there = timed.present.get(planned.machine, False)
    if there is False:
        return 1
    moved = cp.new_bool_var(f"{timed.operation.id} moved")
    near = cp_model.Domain(planned.start - problem.churn_tolerance, planned.start + problem.churn_tolerance)
    cp.add_linear_expression_in_domain(timed.start, near).only_enforce_if(~moved)
    cp.add_bool_or([moved, there])
    formulation.hinters.append(lambda schedule: [(moved, int(_is_off(problem, schedule, timed.operation)))])
    return moved


def _is_off(problem: Problem, schedule: Schedule, operation: Operation) -> bool:
    planned, assignment = problem.baseline_by_operation[operation.id], schedule.by_operation[operation.id]
    return assignment.machine != planned.machine or abs(assignment.start - planned.start) > problem.churn_tolerance
