"""Whether the plant holds rows, whose they are, and how to take them all out."""

from __future__ import annotations

from django.db import transaction

from plant.models import (
    Calendar,
    Machine,
    MachineGroup,
    Operator,
    Order,
    Product,
    Routing,
    SetupFamily,
    SetupMatrix,
    Site,
    Skill,
    WorkCell,
)

# Each before those that it refers to; what hangs on a row goes with it.
IN_ORDER = (
    Order.objects,
    Routing.objects,
    Product.objects,
    Operator.objects,
    Skill.objects,
    MachineGroup.objects,
    Machine.objects,
    WorkCell.objects,
    SetupMatrix.objects,
    SetupFamily.objects,
    Calendar.objects,
)


def is_empty() -> bool:
    """Whether nobody has put anything into the plant."""
    return not any(rows.exists() for rows in IN_ORDER)


def whose() -> str:
    """Whose rows the plant holds, in words for a sentence."""
    origin = Site.load().origin
    return f"the rows of “{origin}”" if origin else "rows that people entered"


@transaction.atomic
def empty_plant() -> None:
    """Delete every row but the site, which forgets where its rows came from."""
    for rows in IN_ORDER:
        rows.all().delete()
    Site.objects.filter(pk=1).update(origin="")
