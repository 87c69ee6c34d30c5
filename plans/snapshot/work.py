"""Orders and operations as the solver takes them, with what the shop floor reported; what is held, and what waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from plans.snapshot.axis import Axis
from plans.snapshot.keys import family_key, key
from plans.snapshot.rows import CrewRow, LinkRow, ModeRow, OperationRow, OrderRow, PlantRows, WorkRows
from plant.models import Operator, Order
from solver import problem as solver


@dataclass(frozen=True, slots=True)
class Work:
    """The part of the problem that is to be made, and the rows behind it."""

    orders: tuple[solver.Order, ...]
    operations: tuple[solver.Operation, ...]
    precedences: tuple[solver.Precedence, ...]
    order_rows: Sequence[OrderRow]
    operation_rows: Sequence[OperationRow]


def work(rows: WorkRows, plant: PlantRows, axis: Axis) -> Work:
    """Orders whose operations are all held are left out altogether."""
    out = left_out(rows)
    taken = {order.pk: [operation for operation in order.operations if operation.pk not in out] for order in rows.orders}
    order_rows = [order for order in rows.orders if taken[order.pk]]
    writer = _Writer(rows, plant, axis)
    operations = [operation for order in order_rows for operation in taken[order.pk]]
    return Work(
        orders=tuple(_order(order, axis) for order in order_rows),
        operations=tuple(writer.operation(order, operation) for order in order_rows for operation in taken[order.pk]),
        precedences=_precedences(rows.links, {operation.pk for operation in operations}),
        order_rows=order_rows,
        operation_rows=operations,
    )


def left_out(rows: WorkRows) -> set[int]:
    """Primary keys of operations that are held, that wait for work outside the plan, or that come after such ones.

    What the shop floor has begun stays in, whatever is held.
    """
    inside = {operation.pk: operation for order in rows.orders for operation in order.operations}
    after: dict[int, list[int]] = defaultdict(list)
    for link in rows.links:
        after[link.before].append(link.after)
    out: set[int] = set()
    frontier = {pk for pk, operation in inside.items() if operation.is_held}
    frontier |= {link.after for link in rows.links if link.before not in inside and _blocks(link)}
    while frontier:
        frontier = {pk for pk in frontier - out if pk in inside and inside[pk].actual_start is None}
        out |= frontier
        frontier = {follower for pk in frontier for follower in after[pk]}
    return out


def _blocks(link: LinkRow) -> bool:
    """Whether its work outside the plan is still to come: a cancelled order's never will, a finished one's has been."""
    return link.before_actual_end is None and link.before_order_status not in Order.CLOSED


def _order(order: OrderRow, axis: Axis) -> solver.Order:
    return solver.Order(
        id=key(order),
        name=order.number,
        release=axis.clock.ceil(order.release),
        due=axis.clock.floor(order.due),
        deadline=axis.clock.floor(order.deadline) if order.deadline else None,
        weight=order.weight,
    )


def _precedences(links: Iterable[LinkRow], inside: Collection[int]) -> tuple[solver.Precedence, ...]:
    return tuple(
        solver.Precedence(f"operation:{link.before}", f"operation:{link.after}", link.min_wait_minutes, link.max_wait_minutes)
        for link in links
        if link.before in inside and link.after in inside
    )


class _Writer:
    """Says one operation at a time; what all of them need is looked up once."""

    def __init__(self, rows: WorkRows, plant: PlantRows, axis: Axis) -> None:
        self._axis = axis
        self._machines = {machine.pk: machine for machine in plant.machines}
        self._people = {operator.pk: operator for operator in plant.operators}
        self._releases = self._outside_releases(rows)

    def operation(self, order: OrderRow, row: OperationRow) -> solver.Operation:
        return solver.Operation(
            id=key(row),
            name=row.name,
            order=key(order),
            cell=f"cell:{row.cell}",
            modes=tuple(self._modes(row)),
            setup_family=self._family(row),
            crew=tuple(
                solver.Crew(f"skill:{need.skill}", need.level, need.people, "setup" if need.phase == "setup" else "all")
                for need in row.crew
            ),
            may_pause=row.may_pause,
            release=self._releases.get(row.pk, 0),
            actual=self._actual(order, row),
        )

    def _outside_releases(self, rows: WorkRows) -> Mapping[int, int]:
        """By operation: when the wait after work of another, finished order is over, if that is still to come."""
        inside = {operation.pk for order in rows.orders for operation in order.operations}
        releases: dict[int, int] = {}
        for link in rows.links:
            if link.before not in inside and link.before_actual_end:
                ready = self._axis.clock.ceil(link.before_actual_end) + link.min_wait_minutes
                releases[link.after] = max(ready, releases.get(link.after, 0))
        return releases

    def _modes(self, row: OperationRow) -> Iterator[solver.Mode]:
        """Those on active machines, and one on the machine that it was worked on."""
        done_on = row.actual_machine
        for mode in row.modes:
            if self._machines[mode.machine].is_active or mode.machine == done_on:
                yield _mode(mode.machine, mode, mode.cost)
        if done_on and all(mode.machine != done_on for mode in row.modes):
            yield _mode(done_on, row)

    def _family(self, row: OperationRow) -> str | None:
        """Work without a family needs one where changeovers depend on it."""
        if row.setup_family is not None:
            return family_key(row.setup_family)
        at = {mode.machine for mode in row.modes} | ({row.actual_machine} - {None})
        return family_key(None) if any(self._machines[pk].setup_matrix_id for pk in at if pk) else None

    def _actual(self, order: OrderRow, row: OperationRow) -> solver.Actual | None:
        if row.actual_start is None:
            return None
        clock = self._axis.clock
        start = clock.floor(row.actual_start)
        return solver.Actual(
            machine=f"machine:{row.actual_machine}",
            setup_start=start,
            start=start,
            end=clock.ceil(row.actual_end) if row.actual_end else None,
            remaining=0 if row.actual_end else self._remaining(order, row),
            operators=self._crew_of(row),
        )

    def _remaining(self, order: OrderRow, row: OperationRow) -> int:
        """Run minutes on its machine for the pieces that are not finished."""
        run = next((mode.run_minutes for mode in row.modes if mode.machine == row.actual_machine), row.run_minutes)
        return ceil(run * Fraction(max(0, order.quantity - row.done_quantity), order.quantity))

    def _crew_of(self, row: OperationRow) -> tuple[tuple[str, ...], ...]:
        """Who was there, sorted into the requirements; nobody when the record does not fill them."""
        present = [self._people[person] for person in row.attendances if person in self._people]
        filled: list[tuple[str, ...]] = []
        for need in row.crew:
            chosen = [person for person in present if _can(person, need)][: need.people]
            if len(chosen) < need.people:
                return ()
            present = [person for person in present if person not in chosen]
            filled.append(tuple(key(person) for person in chosen))
        return tuple(filled)


def _mode(machine: int, row: ModeRow | OperationRow, cost: int = 0) -> solver.Mode:
    return solver.Mode(f"machine:{machine}", row.run_minutes, row.setup_minutes, row.teardown_minutes, cost)


def _can(person: Operator, need: CrewRow) -> bool:
    return any(held.skill_id == need.skill and held.level >= need.level for held in person.skills.all())
