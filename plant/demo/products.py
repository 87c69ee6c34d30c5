"""Rows of the demo's products and routings."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from plant.demo.tables import Table
from plant.models import (
    CrewPhase,
    Machine,
    MachineGroup,
    Product,
    Routing,
    RoutingStep,
    SetupFamily,
    Skill,
    StepAlternative,
    StepCrew,
    WorkCell,
)


def build_products(table: Table) -> None:
    """Insert all products with one routing each."""
    families = {family.code: family for family in SetupFamily.objects.all()}
    cells = {cell.code: cell for cell in WorkCell.objects.all()}
    for row in table["product"]:
        product = Product.objects.create(code=row["code"], name=row["name"])
        routing = Routing.objects.create(product=product)
        steps = [
            _step(routing, number, line, cells[line["cell"]], families.get(line.get("family", "")))
            for number, line in zip(range(10, 1000, 10), row["steps"], strict=False)
        ]
        RoutingStep.objects.bulk_create(steps)
        _staff(zip(steps, row["steps"], strict=True))


def _step(routing: Routing, number: int, line: Table, cell: WorkCell, family: SetupFamily | None) -> RoutingStep:
    min_wait, max_wait = [*line.get("wait", [0]), None][:2]
    return RoutingStep(
        routing=routing,
        number=number,
        name=line["name"],
        cell=cell,
        setup_family=family,
        setup_minutes=line.get("setup", 0),
        run_minutes_per_unit=Decimal(str(line["run"])),
        teardown_minutes=line.get("teardown", 0),
        min_wait_minutes=min_wait,
        max_wait_minutes=max_wait,
        may_pause=line.get("pause", True),
    )


def _staff(steps: Iterable[tuple[RoutingStep, Table]]) -> None:
    """Insert the crews and the alternatives of saved steps."""
    skills = {skill.code: skill for skill in Skill.objects.all()}
    groups = {group.code: group for group in MachineGroup.objects.all()}
    machines = {machine.code: machine for machine in Machine.objects.all()}
    crew: list[StepCrew] = []
    alternatives: list[StepAlternative] = []
    for step, line in steps:
        for text in line.get("crew", []):
            skill, level, phase = text.split()
            crew.append(StepCrew(step=step, skill=skills[skill], level=int(level), phase=CrewPhase(phase)))
        for text in line["on"]:
            place, speed, cost = _alternative(text)
            alternatives.append(
                StepAlternative(step=step, machine=machines.get(place), group=groups.get(place), speed_percent=speed, cost=cost)
            )
    StepCrew.objects.bulk_create(crew)
    StepAlternative.objects.bulk_create(alternatives)


def _alternative(text: str) -> tuple[str, int, int]:
    """Place, speed in per cent and cost of "TU-L 80% cost 4"."""
    place, *rest = text.split()
    speed = next((int(word.removesuffix("%")) for word in rest if word.endswith("%")), 100)
    cost = int(rest[rest.index("cost") + 1]) if "cost" in rest else 0
    return place, speed, cost
