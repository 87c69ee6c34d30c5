"""A setup matrix as one grid: a line for each family that something changes over from, a column for each it goes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from plant.models import Operation, RoutingStep, SetupFamily, SetupMatrix, SetupTime

HEAT_LEVELS = 6
Pair = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Grid:
    """`families` without the wildcard; by pair of keys, `own`: what the matrix states, `effective`: minutes that count."""

    families: tuple[SetupFamily, ...]
    own: Mapping[Pair, int]
    effective: Mapping[Pair, int]

    @property
    def sides(self) -> tuple[SetupFamily | None, ...]:
        """Rows and columns: the wildcard first."""
        return (None, *self.families)

    def heat(self, pair: Pair) -> int:
        """0 (nothing) to 5 (the longest changeover of the matrix)."""
        longest = max(self.effective.values(), default=0)
        return -(-self.effective[pair] * (HEAT_LEVELS - 1) // longest) if longest else 0


def grid_of(matrix: SetupMatrix, *, every_family: bool = False) -> Grid:
    """The families that work on machines of this matrix can have, or every one."""
    families = tuple(SetupFamily.objects.all() if every_family else _families_at(matrix))
    own = {(time.from_family_id, time.to_family_id): time.minutes for time in matrix.times.all()}
    sides: Sequence[SetupFamily | None] = (None, *families)
    lines = matrix.grid(sides)
    keys = [family.pk if family else None for family in sides]
    effective = {(a, b): lines[i][j] for i, a in enumerate(keys) for j, b in enumerate(keys)}
    return Grid(families, own, effective)


@transaction.atomic
def save_cells(matrix: SetupMatrix, minutes: Mapping[Pair, int | None]) -> int:
    """Make the given cells say these minutes, or nothing of their own (None); the number of cells that changed."""
    own = {(time.from_family_id, time.to_family_id): time for time in SetupTime.objects.filter(matrix=matrix)}
    gone = [own[pair].pk for pair, value in minutes.items() if value is None and pair in own]
    new = [
        SetupTime(matrix=matrix, from_family_id=pair[0], to_family_id=pair[1], minutes=value)
        for pair, value in minutes.items()
        if value is not None and pair not in own
    ]
    changed = []
    for pair, value in minutes.items():
        if value is not None and pair in own and own[pair].minutes != value:
            own[pair].minutes = value
            changed.append(own[pair])
    SetupTime.objects.filter(pk__in=gone).delete()
    SetupTime.objects.bulk_create(new)
    SetupTime.objects.bulk_update(changed, ["minutes"])
    return len(gone) + len(new) + len(changed)


def _families_at(matrix: SetupMatrix) -> list[SetupFamily]:
    """Families in cells of the matrix, set up on its machines, or of steps and operations that its machines can do."""
    machines = matrix.machines.all()
    times = matrix.times.all()
    at_machine = RoutingStep.objects.filter(alternatives__machine__in=machines)
    in_group = RoutingStep.objects.filter(alternatives__group__machines__in=machines)
    wanted = (
        Q(pk__in=times.values("from_family"))
        | Q(pk__in=times.values("to_family"))
        | Q(pk__in=machines.values("initial_family"))
        | Q(pk__in=at_machine.values("setup_family"))
        | Q(pk__in=in_group.values("setup_family"))
        | Q(pk__in=Operation.objects.filter(modes__machine__in=machines).values("setup_family"))
    )
    return list(SetupFamily.objects.filter(wanted))
