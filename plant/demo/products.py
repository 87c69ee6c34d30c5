"""Rows of the demo's products and routings."""

from __future__ import annotations

from decimal import Decimal

from plant.demo.resources import in_hall
from plant.demo.tables import Table
from plant.models import (
    CrewPhase,
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

NEIGHBOUR_COST = 10  # for carrying the work over to the next hall


def build_products(table: Table, scale: int) -> None:
    """Insert all products with a routing for each hall; those of the first hall are for new orders."""
    families = {family.code: family for family in SetupFamily.objects.all()}
    cells = {cell.code: cell for cell in WorkCell.objects.all()}
    for row in table["product"]:
        product = Product.objects.create(code=row["code"], name=row["name"])
        for hall in range(1, scale + 1):
            name = "Standard" if hall == 1 else f"Hall {hall}"
            routing = Routing.objects.create(product=product, name=name, is_active=hall == 1)
            steps = RoutingStep.objects.bulk_create(
                _step(routing, number, line, cells[line["cell"]], families.get(line.get("family", "")))
                for number, line in zip(range(10, 1000, 10), row["steps"], strict=False)
            )
            halls = [hall] if scale == 1 else [hall, hall % scale + 1]
            _staff(list(zip(steps, row["steps"], strict=True)), halls)


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


def _staff(steps: list[tuple[RoutingStep, Table]], halls: list[int]) -> None:
    """Insert the crews and the alternatives of saved steps: machines of the first of the halls, and dearer of the second."""
    skills = {skill.code: skill for skill in Skill.objects.all()}
    groups = {group.code: group for group in MachineGroup.objects.all()}
    StepCrew.objects.bulk_create(
        StepCrew(step=step, skill=skills[skill], level=int(level), phase=CrewPhase(phase))
        for step, line in steps
        for skill, level, phase in (text.split() for text in line.get("crew", []))
    )
    StepAlternative.objects.bulk_create(
        StepAlternative(step=step, group=groups[in_hall(code, hall)], speed_percent=speed, cost=cost + NEIGHBOUR_COST * away)
        for step, line in steps
        for code, speed, cost in map(_alternative, line["on"])
        for away, hall in enumerate(halls)
    )


def _alternative(text: str) -> tuple[str, int, int]:
    """Group, speed in per cent and cost of "TU-L 80% cost 4"."""
    group, *rest = text.split()
    speed = next((int(word.removesuffix("%")) for word in rest if word.endswith("%")), 100)
    cost = int(rest[rest.index("cost") + 1]) if "cost" in rest else 0
    return group, speed, cost
