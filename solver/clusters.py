"""Which operations must be placed in one go.

Most stand alone. But when B may start at most an hour after A, placing A and leaving B for later may close doors; and a visit of
a cell with a limit has to be known from entry to exit before the next one is let in. So operations that bind each other both ways
are a *cluster*: the strongly connected components of the graph of precedences with every such visit, and every maximum lag that
has proved to be in the way, also drawn backwards. Between clusters there is an order without cycles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from solver.arrays import NEVER, Arrays
from solver.visits import visits


class Stay(NamedTuple):
    """A visit of a limited cell: its operations; `is_inside`: history has let it in already."""

    cell: int
    operations: tuple[int, ...]
    is_inside: bool


@dataclass(slots=True)
class Cluster:
    """`operations` in an order in which they can be placed. `urgency`: 0 what history has begun, 1 what leads to a fixed start, 2
    the rest; clusters of a lower one come first."""

    operations: tuple[int, ...]
    stays: tuple[Stay, ...] = ()
    urgency: int = 2
    before: int = 0
    after: tuple[int, ...] = ()


Link = tuple[int, int]
"""The numbers of the operation before and of the one after."""


def maximum_lags(arrays: Arrays) -> frozenset[Link]:
    """The links between operations without an actual that let the later one not wait for ever."""
    return frozenset(
        (row.number, link.operation)
        for row in arrays.operations
        if row.fixed is None
        for link in row.after
        if link.max_lag < NEVER
    )


class Clustering:
    """The clusters of a problem, made again whenever another maximum lag proves to be in the way."""

    def __init__(self, arrays: Arrays, stays: Sequence[Stay], sortable: Sequence[int]) -> None:
        """`sortable`: the operations without those on circles of precedences, and behind them."""
        self._stays = stays
        self._free = [row.number for row in arrays.operations if row.fixed is None]
        self._forward = {number: _successors(arrays, number) for number in self._free}
        self._reverse: dict[int, list[int]] = {number: [] for number in self._free}
        for number, following in self._forward.items():
            for other in following:
                self._reverse[other].append(number)
        self._tangled = self._forward.keys() - set(sortable)
        self._urgencies = _urgencies(arrays, stays)
        self._circles: list[Link] = []
        for stay in stays:
            members = [number for number in stay.operations if number in self._forward]
            if len(members) > 1:
                self._circles += zip(members, [*members[1:], *members[:1]], strict=True)

    def clusters(self, binding: Iterable[Link]) -> tuple[Cluster, ...]:
        """Every operation without an actual, in one cluster each. `binding`: links whose maximum lag is to be drawn backwards."""
        drawn: dict[int, set[int]] = {}
        for number, other in (*self._circles, *((after, before) for before, after in binding)):
            drawn.setdefault(number, set()).add(other)
        connected = self._connected_with(drawn.keys() | self._tangled)
        arcs = {number: self._forward[number] | drawn.get(number, set()) for number in connected}
        clusters = [Cluster(_sorted_within(group, self._forward)) for group in _components(sorted(connected), arcs)]
        clusters += [Cluster((number,)) for number in self._free if number not in connected]
        cluster_of = {number: place for place, cluster in enumerate(clusters) for number in cluster.operations}
        for stay in self._stays:
            first = next((number for number in stay.operations if number in cluster_of), None)
            if first is not None:
                clusters[cluster_of[first]].stays += (stay,)
        self._connect(clusters, cluster_of)
        self._rank(clusters, cluster_of)
        return tuple(clusters)

    def _connected_with(self, arcs: Iterable[int]) -> set[int]:
        """These and all that precedences tie to them, directly or not: whatever else there is stands alone."""
        found = set(arcs)
        waiting = list(found)
        while waiting:
            number = waiting.pop()
            for other in (*self._forward[number], *self._reverse[number]):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def _connect(self, clusters: list[Cluster], cluster_of: dict[int, int]) -> None:
        for place, cluster in enumerate(clusters):
            after = {cluster_of[other] for number in cluster.operations for other in self._forward[number]} - {place}
            cluster.after = tuple(sorted(after))
            for other in after:
                clusters[other].before += 1

    def _rank(self, clusters: list[Cluster], cluster_of: dict[int, int]) -> None:
        """Set the urgencies; whoever must come before an urgent cluster is as urgent."""
        for number, urgency in sorted(self._urgencies.items(), key=lambda each: each[1]):
            waiting = [cluster_of[number]]
            while waiting:
                cluster = clusters[waiting.pop()]
                if cluster.urgency > urgency:
                    cluster.urgency = urgency
                    waiting += [cluster_of[before] for member in cluster.operations for before in self._reverse[member]]


def limited_stays(arrays: Arrays) -> tuple[Stay, ...]:
    """The visits of cells with a limit."""
    numbers = {cell.id: number for number, cell in enumerate(arrays.problem.cells) if cell.wip_limit is not None}
    facts = {row.number for row in arrays.operations if row.fixed is not None}
    found = []
    for visit in visits(arrays.problem) if numbers else ():
        if visit.cell in numbers:
            operations = tuple([arrays.number(operation) for operation in visit.operations])
            found.append(Stay(numbers[visit.cell], operations, not facts.isdisjoint(operations)))
    return tuple(found)


def _successors(arrays: Arrays, number: int) -> set[int]:
    return {other for other in set(arrays.successors[number]) if arrays.operations[other].fixed is None and other != number}


def _urgencies(arrays: Arrays, stays: Iterable[Stay]) -> dict[int, int]:
    """By operation without an actual, where that is not the usual one: 0 when history has let its visit in or waits for it no
    longer than a maximum lag, 1 when its start is fixed."""
    pinned = {row.number: 1 for row in arrays.operations if row.fixed is None and row.pinned_start is not None}
    awaited = {
        link.operation: 0 for row in arrays.operations if row.fixed is not None for link in row.after if link.max_lag < NEVER
    }
    inside = dict.fromkeys((number for stay in stays if stay.is_inside for number in stay.operations), 0)
    return {number: urgency for number, urgency in (pinned | awaited | inside).items() if arrays.operations[number].fixed is None}


def _sorted_within(group: Sequence[int], forward: dict[int, set[int]]) -> tuple[int, ...]:
    """Topologically; what is on a circle of precedences, or behind one, in the given order."""
    if len(group) == 1:
        return tuple(group)
    left = set(group)
    chosen: list[int] = []
    while left:
        behind = set().union(*(forward[number] for number in left))
        ready = sorted(left - behind) or sorted(left)
        chosen += ready
        left -= set(ready)
    return tuple(chosen)


def _components(nodes: Sequence[int], arcs: dict[int, set[int]]) -> list[list[int]]:
    """Strongly connected components: forwards for the order of completion, then against the arcs (Kosaraju)."""
    reverse: dict[int, list[int]] = {node: [] for node in nodes}
    for node in nodes:
        for other in arcs[node]:
            reverse[other].append(node)
    completed: list[int] = []
    seen: set[int] = set()
    for node in nodes:
        _walk(node, arcs, seen, completed)
    components: list[list[int]] = []
    seen = set()
    for node in reversed(completed):
        if node not in seen:
            component: list[int] = []
            _walk(node, reverse, seen, component)
            components.append(component)
    return components


def _walk(root: int, arcs: Mapping[int, Iterable[int]], seen: set[int], completed: list[int]) -> None:
    """Append to `completed` what can be reached and is not seen yet, each after everything that is reached from it."""
    if root in seen:
        return
    seen.add(root)
    path = [(root, iter(arcs[root]))]
    while path:
        node, others = path[-1]
        for other in others:
            if other not in seen:
                seen.add(other)
                path.append((other, iter(arcs[other])))
                break
        else:
            completed.append(node)
            path.pop()
