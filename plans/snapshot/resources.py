"""Cells, machines, setup matrices and people as the solver takes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from plans.snapshot.axis import Axis
from plans.snapshot.keys import NO_FAMILY, family_key, key
from plans.snapshot.rows import PlantRows, machine_calendar
from plant.models import Downtime, OperatorSkill
from plant.models import Machine as MachineRow
from plant.models import Operator as OperatorRow
from solver import problem as solver
from solver.calendars import Windows, normalise, subtract

WindowsByCalendar = Mapping[int, Windows]


def cells(rows: PlantRows) -> tuple[solver.WorkCell, ...]:
    return tuple(solver.WorkCell(key(cell), cell.name, cell.wip_limit) for cell in rows.cells)


def machines(rows: PlantRows, axis: Axis, windows: WindowsByCalendar, worked_on: Collection[int]) -> tuple[solver.Machine, ...]:
    """Active machines, and those `worked_on` whatever became of them since: history has to stand somewhere."""
    downtimes: dict[int, list[Downtime]] = defaultdict(list)
    for downtime in rows.downtimes:
        downtimes[downtime.machine_id].append(downtime)
    return tuple(
        solver.Machine(
            id=key(machine),
            name=str(machine),
            cell=f"cell:{machine.cell_id}",
            windows=windows[machine_calendar(machine)],
            downtime=_downtime(downtimes[machine.pk], axis),
            capacity=machine.capacity,
            setup_matrix=f"matrix:{machine.setup_matrix_id}" if machine.setup_matrix_id else None,
            initial_family=_initial_family(machine, rows),
        )
        for machine in rows.machines
        if machine.is_active or machine.pk in worked_on
    )


def operators(rows: PlantRows, axis: Axis, windows: WindowsByCalendar) -> tuple[solver.Operator, ...]:
    return tuple(
        solver.Operator(
            id=key(operator),
            name=operator.name,
            windows=_present(operator, windows[operator.calendar_id], axis),
            skills=tuple(_skill(held, axis) for held in operator.skills.all()),
        )
        for operator in rows.operators
    )


def matrices(rows: PlantRows, families: Iterable[str]) -> tuple[solver.SetupMatrix, ...]:
    """Every matrix over all families in use, wildcards resolved. `families`: ids, "no family" possibly among them."""
    used = tuple(sorted(families))
    known = {family_key(pk): family for pk, family in rows.families.items()}
    listed = [None if family == NO_FAMILY else known[family] for family in used]
    return tuple(
        solver.SetupMatrix(key(matrix), matrix.name, used, tuple(tuple(line) for line in matrix.grid(listed)))
        for matrix in rows.matrices
    )


def _downtime(downtimes: Sequence[Downtime], axis: Axis) -> tuple[solver.Downtime, ...]:
    clipped = ((axis.clip(downtime.start, downtime.end), downtime) for downtime in downtimes)
    return tuple(
        solver.Downtime(begin, end, downtime.reason, "breakdown" if downtime.kind == Downtime.Kind.BREAKDOWN else "maintenance")
        for (begin, end), downtime in clipped
        if begin < end
    )


def _initial_family(machine: MachineRow, rows: PlantRows) -> str | None:
    """What the shop floor worked on last; the family entered by hand counts until there is such an operation."""
    if machine.setup_matrix_id is None:
        return None
    if machine.pk in rows.last_families:
        return family_key(rows.last_families[machine.pk])
    return family_key(machine.initial_family_id) if machine.initial_family_id else None


def _present(operator: OperatorRow, windows: Windows, axis: Axis) -> Windows:
    away = normalise(axis.clip(absence.start, absence.end) for absence in operator.absences.all())
    return subtract(windows, away)


def _skill(held: OperatorSkill, axis: Axis) -> solver.SkillLevel:
    begin, end = held.held_between(axis.zone)
    return solver.SkillLevel(
        skill=f"skill:{held.skill_id}",
        level=held.level,
        valid_from=axis.clock.ceil(begin) if begin else None,
        valid_until=axis.clock.floor(end) if end else None,
    )


def families_in_use(operations: Iterable[solver.Operation], listed: Iterable[solver.Machine]) -> set[str]:
    """Families that a changeover can come from or lead to."""
    named = {operation.setup_family for operation in operations} | {machine.initial_family for machine in listed}
    return {family for family in named if family is not None}


def family_names(rows: PlantRows, families: Iterable[str]) -> Mapping[str, str]:
    known = {family_key(pk): family.name for pk, family in rows.families.items()} | {NO_FAMILY: "no family"}
    return {family: known[family] for family in sorted(families)}
