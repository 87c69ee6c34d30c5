"""Every order for itself, on the best of its machines, as if nobody else were there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from solver.calendars import Windows, walk, working_windows
from solver.frozen import earliest_setup
from solver.history import families_now, history
from solver.problem import Mode, Operation, Precedence, Problem
from solver.schedule import Assignment, Measures


@dataclass(frozen=True)
class Outlook:
    """What each operation can hope for at best. Relaxation: no capacities, people, limits, deadlines; calendars as working time.

    `sequence`: every operation id, predecessors first. `before`: links to what has no actual, by the later operation.
    `starts`: earliest starts of runs without an actual; `ends`: earliest run ends of all operations.
    `members` and `completions`: by order that has operations.
    """

    problem: Problem
    facts: Mapping[str, Assignment]
    sequence: tuple[str, ...]
    before: Mapping[str, tuple[Precedence, ...]]
    starts: Mapping[str, int]
    ends: Mapping[str, int]
    members: Mapping[str, tuple[Operation, ...]]
    completions: Mapping[str, int]
    families: Mapping[str, str | None]

    @classmethod
    def of(cls, problem: Problem) -> Outlook:
        facts = history(problem)
        before: dict[str, list[Precedence]] = {operation.id: [] for operation in problem.operations}
        for link in problem.precedences:
            if link.after not in facts:
                before[link.after].append(link)
        graph = {key: [link.before for link in links] for key, links in before.items()}
        sequence = tuple(TopologicalSorter(graph).static_order())
        windows = {machine.id: working_windows(machine) for machine in problem.machines}
        starts: dict[str, int] = {}
        ends: dict[str, int] = {}
        for key in sequence:
            if key in facts:
                ends[key] = facts[key].run_end
                continue
            operation = problem.operation_by_id[key]
            setup_from = earliest_setup(problem, operation)
            ready = max(setup_from, operation.release, problem.order_by_id[operation.order].release)
            starts[key] = max([ready, *(ends[link.before] + link.min_lag for link in before[key])])
            ends[key] = min(_run_end(windows[mode.machine], mode, setup_from, starts[key]) for mode in operation.modes)
        members: dict[str, tuple[Operation, ...]] = {}
        for operation in problem.operations:
            members[operation.order] = (*members.get(operation.order, ()), operation)
        return cls(
            problem=problem,
            facts=facts,
            sequence=sequence,
            before={key: tuple(links) for key, links in before.items()},
            starts=starts,
            ends=ends,
            members=members,
            completions={order: max(ends[operation.id] for operation in own) for order, own in members.items()},
            families=families_now(problem),
        )

    def least_setup(self, operation: Operation, mode: Mode) -> int:
        """With the cheapest way into its family, from what the machine is set up for now or from any family."""
        matrix = self.problem.machine_by_id[mode.machine].setup_matrix
        if matrix is None:
            return mode.setup
        entries = (self.families[mode.machine], *self.problem.matrix_by_id[matrix].families)
        changeover = self.problem.matrix_by_id[matrix].changeover
        return mode.setup + min(changeover(entry, operation.setup_family) for entry in entries)


def least_measures(outlook: Outlook) -> Measures:
    """What no schedule is below, term by term."""
    problem, completions = outlook.problem, outlook.completions
    due = [(order, order.due) for order in problem.orders if order.due is not None and order.id in completions]
    late = [(order.weight, max(0, completions[order.id] - wanted)) for order, wanted in due]
    free = [operation for operation in problem.operations if operation.actual is None]
    return Measures(
        weighted_tardiness=sum(weight * ticks for weight, ticks in late),
        late_orders=sum(ticks > 0 for _, ticks in late),
        makespan=max([0, *completions.values()]),
        setup=sum(min(outlook.least_setup(operation, mode) for mode in operation.modes) for operation in free),
        mode_cost=sum(_least_cost(operation) for operation in problem.operations),
        flow_time=sum(completions[order.id] - order.release for order in problem.orders if order.id in completions),
        churn=0,
    )


def _run_end(windows: Windows, mode: Mode, setup_from: int, start: int) -> int:
    """When the run is over at the earliest; without open time enough, as if the rest of time were open."""
    ready = max(start, setup_from + mode.setup)
    return walk(windows, ready, mode.run) or ready + mode.run


def _least_cost(operation: Operation) -> int:
    if operation.actual is not None:
        mode = operation.mode_on(operation.actual.machine)
        return mode.cost if mode else 0
    return min(mode.cost for mode in operation.modes)
