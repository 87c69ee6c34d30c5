"""Schedule → draft plan, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max

from plans.clock import Clock
from plans.models import Placement, Plan, Snapshot
from plant.models import Machine, Operation
from solver.problem import Problem
from solver.schedule import Assignment, Measures, Schedule, objective_value

NUMBERING_LOCK = 0x7A6C_706C  # the advisory lock under which plan numbers are given out
BATCH = 2000


@transaction.atomic
def save_draft(snapshot: Snapshot, schedule: Schedule, name: str, created_by: User | None, measures: Measures) -> Plan:
    """A new draft with a placement for every operation of the schedule. An empty name becomes “Draft <number>”.

    Plant rows that have gone since the snapshot was taken leave placements that know only their keys.
    """
    problem = snapshot.as_problem()
    number = _next_number()
    plan = Plan.objects.create(
        number=number,
        name=name or f"Draft {number}",
        snapshot=snapshot,
        objective=objective_value(problem.objective, measures),
        measures=measures.as_dict(),
        created_by=created_by,
    )
    Placement.objects.bulk_create(_placements(plan, problem, schedule), batch_size=BATCH)
    return plan


def schedule_of(plan: Plan, problem: Problem) -> Schedule:
    """The plan's placements as a schedule of its problem, in the problem's order."""
    clock = Clock.of(problem)
    placed = {placement.operation_key: placement for placement in plan.placements.all()}
    return Schedule(tuple(_assignment(placed[operation.id], clock) for operation in problem.operations))


def primary_key(key: str) -> int | None:
    """The row behind a problem's id such as "operation:17"; None for ids of another making."""
    _, _, number = key.partition(":")
    return int(number) if number.isdecimal() else None


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING_LOCK])
    highest = Plan.objects.aggregate(highest=Max("number"))["highest"]
    return (highest or 0) + 1


def _placements(plan: Plan, problem: Problem, schedule: Schedule) -> Iterable[Placement]:
    clock = Clock.of(problem)
    operations = _existing(Operation, (assignment.operation for assignment in schedule.assignments))
    machines = _existing(Machine, {assignment.machine for assignment in schedule.assignments})
    for assignment in schedule.assignments:
        yield Placement(
            plan=plan,
            operation_key=assignment.operation,
            operation_id=operations.get(assignment.operation),
            machine_key=assignment.machine,
            machine_id=machines.get(assignment.machine),
            setup_start=clock.at(assignment.setup_start),
            start=clock.at(assignment.start),
            run_end=clock.at(assignment.run_end),
            end=clock.at(assignment.end),
            operators=[list(people) for people in assignment.operators],
            pauses=[[clock.at(begin).isoformat(), clock.at(end).isoformat()] for begin, end in assignment.pauses],
        )


def _existing(model: type[Operation | Machine], keys: Iterable[str]) -> Mapping[str, int]:
    """Primary key by problem id, of those rows that are still there."""
    wanted = {key: pk for key in keys if (pk := primary_key(key)) is not None}
    there = set(model.objects.filter(pk__in=wanted.values()).values_list("pk", flat=True))
    return {key: pk for key, pk in wanted.items() if pk in there}


def _assignment(placement: Placement, clock: Clock) -> Assignment:
    return Assignment(
        operation=placement.operation_key,
        machine=placement.machine_key,
        setup_start=clock.floor(placement.setup_start),
        start=clock.floor(placement.start),
        run_end=clock.floor(placement.run_end),
        end=clock.floor(placement.end),
        operators=tuple(tuple(people) for people in placement.operators),
        pauses=tuple(
            (clock.floor(datetime.fromisoformat(begin)), clock.floor(datetime.fromisoformat(end)))
            for begin, end in placement.pauses
        ),
    )
