"""Flexible job shop with family changeovers, JSON.

`jobs[order][operation]` is a list of [machine, ticks], machines from 0; `fam[order]` its setup family of `F`;
`sm[machine][from][to]` the changeover ticks; `n` and `m` count orders and machines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from solver.instances.faults import FaultList
from solver.instances.shopfloor import Alternatives, Shop
from solver.problem import Problem

_Json = object


def parse_changeover_shop(text: str, name: str) -> Problem:
    """Raises InstanceFormatError with every fault, named by its place in the JSON."""
    faults = FaultList()
    data: _Json = None
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        faults.at(error.lineno, f"This is not JSON: {error.msg}.")
    except (ValueError, RecursionError):
        faults.add("A number in this JSON is too long, or its lists lie too deep in one another.")
    faults.raise_if_any()
    if not isinstance(data, dict):
        faults.add("The JSON must be an object with n, m, jobs, fam, F and sm.")
        faults.raise_if_any()
    reader = _Reader(data if isinstance(data, dict) else {}, faults)
    shop = reader.shop(name)
    faults.raise_if_any()
    return shop.problem()


class _Reader:
    def __init__(self, data: dict[str, _Json], faults: FaultList) -> None:
        self._data = data
        self._faults = faults

    def shop(self, name: str) -> Shop:
        orders, machines, families = self._size("n"), self._size("m"), self._size("F")
        self._faults.raise_if_any()
        routes = [self._route(route, f"jobs[{order}]", machines) for order, route in self._entries("jobs", orders)]
        family_of_order = [self._whole(family, f"fam[{order}]", families) for order, family in self._entries("fam", orders)]
        matrices = [self._matrix(matrix, f"sm[{machine}]", families) for machine, matrix in self._entries("sm", machines)]
        return Shop(name, machines, routes, family_of_order, matrices)

    def _size(self, key: str) -> int:
        size = self._whole(self._data.get(key), key, None)
        if size == 0:
            self._faults.add(f"{key} must be at least 1.")
        return size

    def _whole(self, value: _Json, place: str, below: int | None) -> int:
        """A whole number of zero or more, and below `below` where that is given."""
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._faults.add(f"{place} must be a whole number of zero or more.")
            return 0
        if below is not None and value >= below:
            self._faults.add(f"{place} is {value}, but the last one is {below - 1}.")
            return 0
        return value

    def _entries(self, key: str, length: int) -> Iterable[tuple[int, _Json]]:
        return enumerate(self._list(self._data.get(key), key, length))

    def _list(self, value: _Json, place: str, length: int | None) -> list[_Json]:
        if not isinstance(value, list):
            self._faults.add(f"{place} must be a list.")
            return []
        if length is not None and len(value) != length:
            self._faults.add(f"{place} must have {length} entries, not {len(value)}.")
        return value

    def _route(self, route: _Json, place: str, machines: int) -> list[Alternatives]:
        steps = self._list(route, place, None)
        if not steps:
            self._faults.add(f"{place} has no operations.")
        return [self._alternatives(step, f"{place}[{number}]", machines) for number, step in enumerate(steps)]

    def _alternatives(self, step: _Json, place: str, machines: int) -> Alternatives:
        pairs = []
        for number, pair in enumerate(self._list(step, place, None)):
            values = self._list(pair, f"{place}[{number}]", 2)
            if len(values) == 2:
                machine = self._whole(values[0], f"{place}[{number}][0]", machines)
                pairs.append((machine, self._whole(values[1], f"{place}[{number}][1]", None)))
        if not pairs:
            self._faults.add(f"{place} has no machine.")
            return ((0, 0),)
        if len({machine for machine, _ in pairs}) < len(pairs):
            self._faults.add(f"{place} names the same machine twice.")
        return tuple(pairs)

    def _matrix(self, matrix: _Json, place: str, families: int) -> list[list[int]]:
        return [
            [
                self._whole(ticks, f"{place}[{before}][{after}]", None)
                for after, ticks in enumerate(self._list(row, f"{place}[{before}]", families))
            ]
            for before, row in enumerate(self._list(matrix, place, families))
        ]
