"""From rows to the tables of a plant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import TypeVar

import numpy as np

from solver.arrays import Arrays, NeedRow
from solver.calendars import Windows
from solver.clusters import Cluster, Stay
from solver.kernel import tables as t
from solver.kernel.blocks import Array, Block
from solver.kernel.columns import column_of, spans_of, table_of, table_of_columns
from solver.kernel.past import past
from solver.kernel.tables import NEVER, NONE

Row = TypeVar("Row")


class _Calendars:
    """Every different row of windows once."""

    def __init__(self) -> None:
        self._numbers: dict[Windows, int] = {}

    def number(self, windows: Windows) -> int:
        return self._numbers.setdefault(windows, len(self._numbers))

    def tables(self) -> dict[str, Array]:
        """`plant.window` and `plant.calendar`."""
        rows: list[tuple[int, int]] = []
        spans = []
        for windows in self._numbers:
            spans.append((len(rows), len(rows) + len(windows)))
            rows += windows
        return {"window": table_of(rows, 2), "calendar": table_of(spans, 2)}


class Flattening:
    """The tables of a problem. `latest`: by operation when its run must be over."""

    def __init__(self, arrays: Arrays, stays: Sequence[Stay], latest: Sequence[int]) -> None:
        self._arrays = arrays
        self._stays = stays
        self._latest = latest
        self._leading = _leading_to_pins(arrays)
        self._rests = _rests_of_orders(arrays)
        self._calendars = _Calendars()
        # Shifts come first: crews try kinds of shift in the order of their numbers.
        self._shifts = [self._calendars.number(shift) for shift in arrays.shifts]
        self._machine_windows = [self._calendars.number(row.windows) for row in arrays.machines]
        self._always = self._calendars.number(((-NEVER, NEVER),))
        self._able: list[Sequence[int]] = []
        self._able_spans: dict[int, tuple[int, int]] = {}
        # `Arrays` keeps one tuple for each crew, and one for all who can fill a requirement.
        self._crews = {id(row.needs): row.needs for row in arrays.operations}
        kinds = [id(need.people) for needs in self._crews.values() for need in needs]
        self._pools = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}

    def plant(self, clusters: Sequence[Cluster]) -> Block:
        """With these clusters; nothing else depends on them."""
        return Block(t.PLANT, {**self._tables, "clusters": len(clusters), **self._clusters(clusters)})

    @cached_property
    def _tables(self) -> dict[str, Array | int]:
        arrays = self._arrays
        resources = self._resources()
        operations = self._operations()
        slots = operations["operation"][:, [t.SLOTS, t.SLOTS_END]]
        return {
            "horizon": arrays.horizon,
            "operations": len(arrays.operations),
            "machines": len(arrays.machines),
            "people": len(arrays.shifts),
            "lanes": len(arrays.machines) + len(arrays.shifts),
            "orders": len(arrays.problem.orders),
            "cells": len(arrays.problem.cells),
            "slots": int((slots[:, 1] - slots[:, 0]).max(initial=0)),
            "pins": sum(row.pinned_start is not None for row in arrays.operations),
            "rooms": len(resources["room"]),
            "pools": len(self._pools),
            **operations,
            **self._modes(),
            **resources,
            **self._calendars.tables(),
            **self._visits(),
            **self._orders(),
            "weight": self._weights(),
        }

    def _operations(self) -> dict[str, Array]:
        """`plant.operation`, and the tables of what belongs to operations, but for their modes."""
        rows = self._arrays.operations
        room_of = {number: self._room_of_cell[stay.cell] for stay in self._stays for number in stay.operations}
        free = {id(row.needs): row.needs for row in rows if row.fixed is None}
        needs = {key: self._needs(crew) for key, crew in free.items()}
        needed = [needs[id(row.needs)] if row.fixed is None else [] for row in rows]
        places = [range(sum([need[t.COUNT] for need in own])) for own in needed]
        links = [side for row in rows for side in (row.before, row.after)]
        columns: dict[int, Sequence[int] | Array] = {
            t.ORDER: [row.order for row in rows],
            t.RELEASE: [row.release for row in rows],
            t.LATEST: self._latest,
            t.SETUP_FROM: [row.setup_from for row in rows],
            t.FAMILY: [row.family for row in rows],
            t.MAY_PAUSE: [row.may_pause for row in rows],
            t.PINNED: [NONE if row.pinned_start is None else row.pinned_start for row in rows],
            t.FOLLOWS: [row.follows for row in rows],
            t.FIXED: self._facts(),
            t.MODES: spans_of(row.modes for row in rows),
            t.NEEDS: spans_of(needed),
            t.SLOTS: spans_of(places),
            t.BEFORE: spans_of(links).reshape(-1, 4),
            t.FOLLOWERS: spans_of(row.followers for row in rows),
            t.COUNTED_IN: [room_of.get(number, -1) for number in range(len(rows))],
            t.IS_PINNED_SOON: [number in self._leading for number in range(len(rows))],
            t.PLANNED_MACHINE: self._planned(),
            t.REST_OF_ORDER: self._rests,
        }
        return {
            "operation": table_of_columns(len(rows), columns),
            "need": table_of(chain.from_iterable(needed), t.NEED_COLUMNS),
            "able": table_of(self._able, 2),
            "link": table_of(chain.from_iterable(links), 3),
            "follower": column_of(chain.from_iterable(row.followers for row in rows)),
        }

    def _facts(self) -> Array:
        """The columns from FIXED to FIXED_END."""
        facts = [row.fixed for row in self._arrays.operations]
        nothing = (0, -1, 0, 0, 0)
        number = self._arrays.machine_number
        rows = ((1, number(fact.machine), fact.start, fact.run_end, fact.end) if fact else nothing for fact in facts)
        return table_of(rows, len(nothing))

    def _planned(self) -> Array:
        """The columns PLANNED_MACHINE and PLANNED_START."""
        planned = [self._arrays.planned(operation.id) for operation in self._arrays.problem.operations]
        return table_of(((-2, NONE) if each is None else (each[0], each[1].start) for each in planned), 2)

    def _modes(self) -> dict[str, Array]:
        """`plant.mode` and `plant.changeover`: `Arrays` keeps one tuple of those for each matrix and family."""
        modes = [mode for row in self._arrays.operations for mode in row.modes]
        changeovers = {id(mode.changeovers): mode.changeovers for mode in modes if mode.changeovers is not None}
        numbers = {id(None): -1} | {key: number for number, key in enumerate(changeovers)}
        width = 1 + max(map(len, changeovers.values()), default=1)
        rows = ((each.machine, each.run, each.setup, each.teardown, each.cost, numbers[id(each.changeovers)]) for each in modes)
        return {
            "mode": table_of(rows, t.MODE_COLUMNS),
            "changeover": table_of((row + (0,) * (width - len(row)) for row in changeovers.values()), width),
        }

    def _needs(self, crew: Sequence[NeedRow]) -> list[Sequence[int]]:
        """The rows of a crew in `plant.need`. Its slots are in the order of its requirements in the problem."""
        first_slots = [0, *accumulate(need.count for need in sorted(crew, key=lambda need: need.position))]
        return [self._need(need, first_slots[need.position]) for need in crew]

    def _need(self, need: NeedRow, first_slot: int) -> Sequence[int]:
        key = id(need.people)
        if key not in self._able_spans:
            first = len(self._able)
            self._able += [(person, -1 if held is None else self._calendars.number(held)) for person, held in need.people]
            self._able_spans[key] = (first, len(self._able))
        return need.count, int(need.for_setup_only), *self._able_spans[key], first_slot, self._pools[key]

    def _resources(self) -> dict[str, Array]:
        """Lanes, of machines first, so that a person's is at the number of machines + his own; rooms, of machines first, then of
        cells; machines."""
        arrays = self._arrays
        on_machine = [1] * len(arrays.machines)
        by_person = [1] * len(arrays.shifts)
        pools: list[set[int]] = [set() for _ in (*on_machine, *by_person)]
        for machine, count in Counter(mode.machine for row in arrays.operations for mode in row.modes).items():
            on_machine[machine] += count
        for crew, count in Counter(id(row.needs) for row in arrays.operations).items():
            for person in {person for need in self._crews[crew] for person, _ in need.people}:
                by_person[person] += count
        on_machines = {(mode.machine, id(row.needs)) for row in arrays.operations if row.needs for mode in row.modes}
        for machine, crew in on_machines:
            if arrays.machines[machine].has_matrix:
                pools[machine] |= {self._pools[id(need.people)] for need in self._crews[crew]}
        able = {id(need.people): [person for person, _ in need.people] for needs in self._crews.values() for need in needs}
        for kind, people in able.items():
            for person in people:
                pools[len(on_machine) + person].add(self._pools[kind])
        busy_before = past(arrays, self._stays).machines
        lanes, rooms, machines = list[Sequence[int]](), list[Sequence[int]](), list[Sequence[int]]()
        pool: list[int] = []
        busy = steps = entries = 0
        for number, machine_row in enumerate(arrays.machines):
            is_lane = machine_row.capacity == 1
            windows, room = self._machine_windows[number], -1 if is_lane else len(rooms)
            lanes.append((busy, windows, *_appended(pool, sorted(pools[number]))))
            machines.append((number if is_lane else -1, room, windows, machine_row.family))
            if is_lane:
                busy += on_machine[number] + 2
            else:
                rooms.append((steps, windows, machine_row.capacity, 0))
                steps += 2 * (on_machine[number] + len(busy_before.get(number, ()))) + 4
        for number, shift in enumerate(self._shifts):
            lanes.append((busy, shift, *_appended(pool, sorted(pools[len(on_machine) + number]))))
            busy += by_person[number] + 2
        self._room_of_cell = dict[int, int]()
        visits_of = Counter(stay.cell for stay in self._stays)
        for number, cell in enumerate(arrays.problem.cells):
            if cell.wip_limit is not None:
                visits = visits_of[number]
                self._room_of_cell[number] = len(rooms)
                rooms.append((steps, self._always, cell.wip_limit, entries))
                steps += 4 * visits + 4
                entries += visits + 1
        return {
            "lane": table_of(lanes, 4),
            "pool": column_of(pool),
            "room": table_of(rooms, 4),
            "machine": table_of(machines, 4),
            "size": column_of((busy, steps, entries)),
        }

    def _visits(self) -> dict[str, Array]:
        columns: dict[int, Sequence[int] | Array] = {
            t.STAY_ROOM: [self._room_of_cell[stay.cell] for stay in self._stays],
            t.IS_INSIDE: [stay.is_inside for stay in self._stays],
            t.SINCE: [self._since(stay) if stay.is_inside else 0 for stay in self._stays],
            t.STAY_OPERATIONS: spans_of(stay.operations for stay in self._stays),
        }
        operations = chain.from_iterable(stay.operations for stay in self._stays)
        return {"stay": table_of_columns(len(self._stays), columns), "stay_operation": column_of(operations)}

    def _clusters(self, clusters: Sequence[Cluster]) -> dict[str, Array]:
        numbers = {stay: number for number, stay in enumerate(self._stays)}
        before: list[list[int]] = [[] for _ in clusters]
        cluster_of = np.full(len(self._arrays.operations), -1, dtype=np.int64)
        for number, cluster in enumerate(clusters):
            for other in cluster.after:
                before[other].append(number)
        following = [side for cluster, prior in zip(clusters, before, strict=True) for side in (cluster.after, prior)]
        members = column_of(chain.from_iterable(cluster.operations for cluster in clusters))
        cluster_of[members] = np.repeat(np.arange(len(clusters)), [len(cluster.operations) for cluster in clusters])
        columns: dict[int, Sequence[int] | Array] = {
            t.MEMBERS: spans_of(cluster.operations for cluster in clusters),
            t.STAYS: spans_of(cluster.stays for cluster in clusters),
            t.URGENCY: [cluster.urgency for cluster in clusters],
            t.WAITS_FOR: [cluster.before for cluster in clusters],
            t.NEXT: spans_of(following).reshape(-1, 4),
        }
        return {
            "cluster": table_of_columns(len(clusters), columns),
            "member": members,
            "cluster_stay": column_of(numbers[stay] for cluster in clusters for stay in cluster.stays),
            "following": column_of(chain.from_iterable(following)),
            "cluster_of": cluster_of,
        }

    def _since(self, stay: Stay) -> int:
        """When history let a visit in."""
        fixed = (self._arrays.operations[operation].fixed for operation in stay.operations)
        return min([0, *(assignment.start for assignment in fixed if assignment is not None)])

    def _orders(self) -> dict[str, Array]:
        ends = [NONE] * len(self._arrays.problem.orders)
        operations: list[list[int]] = [[] for _ in ends]
        for row in self._arrays.operations:
            if row.fixed is not None:
                ends[row.order] = max(ends[row.order], row.fixed.run_end)
            else:
                operations[row.order].append(row.number)
                earliest_end = row.release + self._arrays.shortest[row.number] + self._rests[row.number]
                ends[row.order] = max(ends[row.order], earliest_end)
        rows, all_operations, all_cells = [], list[int](), list[int]()
        for order, end, own in zip(self._arrays.problem.orders, ends, operations, strict=True):
            due = NONE if order.due is None else order.due
            cells = sorted({self._arrays.operations[number].cell for number in own})
            spans = [*_appended(all_operations, own), *_appended(all_cells, cells)]
            rows.append((due, order.weight, order.release, end, *spans))
        table = table_of(rows, t.ORDER_COLUMNS)
        return {"order": table, "order_operation": column_of(all_operations), "order_cell": column_of(all_cells)}

    def _weights(self) -> Array:
        problem, objective = self._arrays.problem, self._arrays.problem.objective
        cost = churn = 0
        for row in self._arrays.operations:
            if row.fixed is not None:
                operation = problem.operations[row.number]
                mode = operation.mode_on(row.fixed.machine)
                cost += mode.cost if mode else 0
                planned = self._arrays.planned(operation.id)
                if planned is not None:
                    is_elsewhere = planned[0] != self._arrays.machine_number(row.fixed.machine)
                    churn += is_elsewhere or abs(planned[1].start - row.fixed.start) > problem.churn_tolerance
        terms = (objective.weighted_tardiness, objective.late_orders, objective.makespan, objective.setup)
        return column_of(
            (*terms, objective.mode_cost, objective.flow_time, objective.churn, cost, churn, problem.churn_tolerance)
        )


def _appended(table: list[Row], rows: Sequence[Row]) -> list[int]:
    """Where the rows stand in the table from now on."""
    first = len(table)
    table += rows
    return [first, len(table)]


def _rests_of_orders(arrays: Arrays) -> list[int]:
    """By operation: how long after the end of its run the last of its order ends at the earliest, in ticks. Facts come when they
    come: nothing that has an actual counts."""
    rests = [0] * len(arrays.operations)
    followers = [len(row.after) for row in arrays.operations]
    known = [row for row in arrays.operations if not row.after]
    while known:
        row = known.pop()
        for link in row.before:
            before = arrays.operations[link.operation]
            if before.order == row.order:
                rest = link.min_lag + arrays.shortest[row.number] + rests[row.number]
                rests[before.number] = max(rests[before.number], rest)
            followers[before.number] -= 1
            if not followers[before.number]:
                known.append(before)
    return rests


def _leading_to_pins(arrays: Arrays) -> set[int]:
    """The operations that have an operation with a fixed start somewhere behind them in their own visit of a cell."""
    pinned = [row.number for row in arrays.operations if row.pinned_start is not None]
    found: set[int] = set()
    while pinned:
        row = arrays.operations[pinned.pop()]
        for link in row.before:
            before = arrays.operations[link.operation]
            is_same_visit = (before.order, before.cell) == (row.order, row.cell)
            if is_same_visit and before.fixed is None and before.number not in found:
                found.add(before.number)
                pinned.append(before.number)
    return found
