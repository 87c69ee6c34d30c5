"""How the best plan of a run becomes JSON (`schemas.PlanOut`): instants in UTC and the names that people know."""

from __future__ import annotations

from datetime import UTC, datetime

from plans.clock import Clock
from runs.api.shapes import Json
from runs.models import Incumbent, Run
from solver.schedule import Schedule


def told(run: Run, seq: int) -> Json:
    """The incumbent of that event. Two queries."""
    kept = Incumbent.objects.defer("frame").get(run=run, seq=seq)
    problem, labels = run.snapshot.as_problem(), run.snapshot.labels
    placed = Schedule.from_json(kept.schedule).by_operation
    clock = Clock.of(problem)
    machines = {machine.id: machine.name for machine in problem.machines}
    people = {operator.id: operator.name for operator in problem.operators}
    orders = {order.id: order.name for order in problem.orders}

    def at(tick: int) -> datetime:
        return clock.at(tick).astimezone(UTC)

    placements = [
        {
            "operation": operation.id,
            "name": operation.name,
            "number": labels["numbers"].get(operation.id),
            "order": orders[operation.order],
            "machine": machines[placed[operation.id].machine],
            "operators": [[people[person] for person in crew] for crew in placed[operation.id].operators],
            "setup_start": at(placed[operation.id].setup_start),
            "start": at(placed[operation.id].start),
            "run_end": at(placed[operation.id].run_end),
            "end": at(placed[operation.id].end),
            "pauses": [[at(begin), at(end)] for begin, end in placed[operation.id].pauses],
        }
        for operation in problem.operations
    ]
    return {
        "run": run.pk,
        "seq": kept.seq,
        "draft": run.plan_id,
        "objective": kept.objective,
        "measures": kept.measures,
        "time_zone": labels["time_zone"],
        "placements": placements,
    }
