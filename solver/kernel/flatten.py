"""From rows to the tables of a plant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from solver.arrays import Arrays, ModeRow, NeedRow, OperationRow
from solver.calendars import Windows
from solver.clusters import Cluster, Stay
from solver.kernel import tables as t
from solver.kernel.blocks import Array, Block
from solver.kernel.past import past
from solver.kernel.tables import NEVER, NONE

Row = TypeVar("Row")


def _table(rows: Iterable[Sequence[int]], columns: int) -> Array:
    return np.array(list(rows), dtype=np.int64).reshape(-1, columns)


def _list(values: Iterable[int]) -> Array:
    return np.array(list(values), dtype=np.int64)


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
        return {"window": _table(rows, 2), "calendar": _table(spans, 2)}


class Flattening:
    """The tables of a problem. `latest`: by operation when its run must be over."""

    def __init__(self, arrays: Arrays, stays: Sequence[Stay], latest: Sequence[int]) -> None:
        self._arrays = arrays
        self._stays = stays
        self._latest = latest
        self._leading = _leading_to_pins(arrays)
        self._rests = _rests_of_orders(arrays)
        self._cell_of = {number: stay.cell for stay in stays for number in stay.operations}
        self._calendars = _Calendars()
        # Shifts come first: crews try kinds of shift in the order of their numbers.
        self._shifts = [self._calendars.number(shift) for shift in arrays.shifts]
        self._machine_windows = [self._calendars.number(row.windows) for row in arrays.machines]
        self._always = self._calendars.number(((-NEVER, NEVER),))
        self._modes: list[Sequence[int]] = []
        self._needs: list[Sequence[int]] = []
        self._able: list[Sequence[int]] = []
        self._able_spans: dict[int, tuple[int, int]] = {}
        kinds = [id(need.people) for row in arrays.operations for need in row.needs]  # `Arrays` keeps one tuple for each kind
        self._pools = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
        self._links: list[Sequence[int]] = []
        self._followers: list[int] = []
        self._changeovers: dict[int, int] = {}
        self._changeover_rows: list[tuple[int, ...]] = []
        self._slots = 0

    def plant(self, clusters: Sequence[Cluster]) -> Block:
        """With these clusters; nothing else depends on them."""
        return Block(t.PLANT, {**self._tables, "clusters": len(clusters), **self._clusters(clusters)})

    @cached_property
    def _tables(self) -> dict[str, Array | int]:
        arrays = self._arrays
        resources = self._resources()
        operation = _table([self._operation(row) for row in arrays.operations], t.OPERATION_COLUMNS)
        width = 1 + max((len(row) for row in self._changeover_rows), default=1)
        return {
            "horizon": arrays.horizon,
            "operations": len(arrays.operations),
            "machines": len(arrays.machines),
            "people": len(arrays.shifts),
            "lanes": len(arrays.machines) + len(arrays.shifts),
            "orders": len(arrays.problem.orders),
            "cells": len(arrays.problem.cells),
            "slots": int((operation[:, t.SLOTS_END] - operation[:, t.SLOTS]).max(initial=0)),
            "pins": sum(row.pinned_start is not None for row in arrays.operations),
            "rooms": len(resources["room"]),
            "pools": len(self._pools),
            "operation": operation,
            "mode": _table(self._modes, t.MODE_COLUMNS),
            "need": _table(self._needs, t.NEED_COLUMNS),
            "able": _table(self._able, 2),
            "link": _table(self._links, 3),
            "follower": _list(self._followers),
            "changeover": _table((row + (0,) * (width - len(row)) for row in self._changeover_rows), width),
            **resources,
            **self._calendars.tables(),
            **self._visits(),
            **self._orders(),
            "weight": self._weights(),
        }

    def _operation(self, row: OperationRow) -> list[int]:
        arrays = self._arrays
        fixed = row.fixed
        planned = arrays.planned(arrays.problem.operations[row.number].id)
        values = [row.order, row.release, self._latest[row.number], row.setup_from, row.family, int(row.may_pause)]
        values += [NONE if row.pinned_start is None else row.pinned_start, row.follows]
        values += (
            [0, -1, 0, 0, 0]
            if fixed is None
            else [1, arrays.machine_number(fixed.machine), fixed.start, fixed.run_end, fixed.end]
        )
        values += _appended(self._modes, [self._mode(mode) for mode in row.modes])
        first = [0]
        for need in arrays.problem.operations[row.number].crew if fixed is None else ():
            first.append(first[-1] + need.count)
        values += _appended(self._needs, [self._need(need, first[need.position]) for need in row.needs if fixed is None])
        values += [self._slots, self._slots + first[-1]]
        self._slots += first[-1]
        for links in (row.before, row.after):
            values += _appended(self._links, [(link.operation, link.min_lag, link.max_lag) for link in links])
        values += _appended(self._followers, row.followers)
        counted_in = self._room_of_cell.get(self._cell_of.get(row.number, -1), -1)
        values += [counted_in, int(row.number in self._leading)]
        values += [-2, NONE] if planned is None else [planned[0], planned[1].start]
        return [*values, self._rests[row.number]]

    def _mode(self, mode: ModeRow) -> Sequence[int]:
        changeovers = -1
        if mode.changeovers is not None:
            key = id(mode.changeovers)  # `Arrays` keeps one tuple for each matrix and family
            if key not in self._changeovers:
                self._changeovers[key] = len(self._changeover_rows)
                self._changeover_rows.append(mode.changeovers)
            changeovers = self._changeovers[key]
        return mode.machine, mode.run, mode.setup, mode.teardown, mode.cost, changeovers

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
        for row in arrays.operations:
            own = {self._pools[id(need.people)] for need in row.needs}
            for machine in {mode.machine for mode in row.modes}:
                on_machine[machine] += 1
                if arrays.machines[machine].has_matrix:
                    pools[machine] |= own
        able = {id(need.people): [person for person, _ in need.people] for row in arrays.operations for need in row.needs}
        demands = Counter(frozenset(id(need.people) for need in row.needs) for row in arrays.operations)
        for kinds, count in demands.items():  # few, but of operations and people there may be many
            for person in {person for kind in kinds for person in able[kind]}:
                by_person[person] += count
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
            "lane": _table(lanes, 4),
            "pool": _list(pool),
            "room": _table(rooms, 4),
            "machine": _table(machines, 4),
            "size": _list((busy, steps, entries)),
        }

    def _visits(self) -> dict[str, Array]:
        stays, stay_operations = list[Sequence[int]](), list[int]()
        for stay in self._stays:
            span = _appended(stay_operations, stay.operations)
            stays.append((self._room_of_cell[stay.cell], int(stay.is_inside), self._since(stay), *span))
        return {"stay": _table(stays, t.STAY_COLUMNS), "stay_operation": _list(stay_operations)}

    def _clusters(self, clusters: Sequence[Cluster]) -> dict[str, Array]:
        numbers = {stay: number for number, stay in enumerate(self._stays)}
        rows, members, own, following = list[Sequence[int]](), list[int](), list[int](), list[int]()
        prior: list[list[int]] = [[] for _ in clusters]
        cluster_of = [-1] * len(self._arrays.operations)
        for number, cluster in enumerate(clusters):
            for other in cluster.after:
                prior[other].append(number)
            for operation in cluster.operations:
                cluster_of[operation] = number
        for cluster, before in zip(clusters, prior, strict=True):
            row = _appended(members, cluster.operations) + _appended(own, [numbers[stay] for stay in cluster.stays])
            row += [cluster.urgency, cluster.before]
            rows.append(row + _appended(following, cluster.after) + _appended(following, before))
        return {
            "cluster": _table(rows, t.CLUSTER_COLUMNS),
            "member": _list(members),
            "cluster_stay": _list(own),
            "following": _list(following),
            "cluster_of": _list(cluster_of),
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
                earliest_end = row.release + _shortest_run(row) + self._rests[row.number]
                ends[row.order] = max(ends[row.order], earliest_end)
        rows, all_operations, all_cells = [], list[int](), list[int]()
        for order, end, own in zip(self._arrays.problem.orders, ends, operations, strict=True):
            due = NONE if order.due is None else order.due
            cells = sorted({self._arrays.operations[number].cell for number in own})
            spans = [*_appended(all_operations, own), *_appended(all_cells, cells)]
            rows.append((due, order.weight, order.release, end, *spans))
        table = _table(rows, t.ORDER_COLUMNS)
        return {"order": table, "order_operation": _list(all_operations), "order_cell": _list(all_cells)}

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
        return _list((*terms, objective.mode_cost, objective.flow_time, objective.churn, cost, churn, problem.churn_tolerance))


def _appended(table: list[Row], rows: Sequence[Row]) -> list[int]:
    """Where the rows stand in the table from now on."""
    first = len(table)
    table += rows
    return [first, len(table)]


def _shortest_run(row: OperationRow) -> int:
    return min((mode.run for mode in row.modes), default=0)


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
                rest = link.min_lag + _shortest_run(row) + rests[row.number]
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
