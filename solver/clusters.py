"""Which operations must be placed in one go.

Most stand alone. But when B may start at most an hour after A, placing A and leaving B for later may close doors; and a visit of
a cell with a limit has to be known from entry to exit before the next one is let in. So operations that bind each other both ways
are a *cluster*: the strongly connected components of the graph of precedences with every such visit, and every maximum lag that
has proved to be in the way, also drawn backwards. Between clusters there is an order without cycles.
"""

from __future__ import annotations

from collections import deque
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


def make_clusters(arrays: Arrays, stays: Sequence[Stay], binding: frozenset[Link]) -> tuple[Cluster, ...]:
    """Every operation without an actual, in exactly one cluster. `binding`: links with a maximum lag to be drawn both ways."""
    free = [row.number for row in arrays.operations if row.fixed is None]
    forward = {number: _successors(arrays, number) for number in free}
    both = {number: set(after) for number, after in forward.items()}
    for before, after in binding:
        both[after].add(before)
    for stay in stays:
        members = [number for number in stay.operations if number in both]
        for number, following in zip(members, [*members[1:], *members[:1]], strict=True):
            both[number].add(following)
    groups = _components(free, both)
    clusters = [Cluster(_sorted_within(group, forward)) for group in groups]
    cluster_of = {number: place for place, cluster in enumerate(clusters) for number in cluster.operations}
    for stay in stays:
        members = [number for number in stay.operations if number in cluster_of]
        if members:
            clusters[cluster_of[members[0]]].stays += (stay,)
    _connect(clusters, forward, cluster_of)
    _rank(arrays, clusters)
    return tuple(clusters)


def limited_stays(arrays: Arrays) -> tuple[Stay, ...]:
    """The visits of cells with a limit."""
    numbers = {cell.id: number for number, cell in enumerate(arrays.problem.cells) if cell.wip_limit is not None}
    found = []
    for visit in visits(arrays.problem):
        if visit.cell in numbers:
            operations = tuple(arrays.number(operation) for operation in visit.operations)
            is_inside = any(arrays.operations[operation].fixed for operation in operations)
            found.append(Stay(numbers[visit.cell], operations, is_inside))
    return tuple(found)


def _successors(arrays: Arrays, number: int) -> set[int]:
    row = arrays.operations[number]
    after = {link.operation for link in row.after} | set(row.followers)
    return {other for other in after if arrays.operations[other].fixed is None and other != number}


def _connect(clusters: list[Cluster], forward: dict[int, set[int]], cluster_of: dict[int, int]) -> None:
    for place, cluster in enumerate(clusters):
        after = {cluster_of[other] for number in cluster.operations for other in forward[number]} - {place}
        cluster.after = tuple(sorted(after))
        for other in after:
            clusters[other].before += 1


def _rank(arrays: Arrays, clusters: list[Cluster]) -> None:
    """Set the urgencies; whoever must come before an urgent cluster is as urgent."""
    ancestors: list[list[int]] = [[] for _ in clusters]
    for place, cluster in enumerate(clusters):
        cluster.urgency = _own_urgency(arrays, cluster)
        for other in cluster.after:
            ancestors[other].append(place)
    waiting = deque(sorted(range(len(clusters)), key=lambda place: clusters[place].urgency))
    while waiting:
        place = waiting.popleft()
        for other in ancestors[place]:
            if clusters[other].urgency > clusters[place].urgency:
                clusters[other].urgency = clusters[place].urgency
                waiting.append(other)


def _own_urgency(arrays: Arrays, cluster: Cluster) -> int:
    rows = [arrays.operations[number] for number in cluster.operations]
    is_inside = any(stay.is_inside for stay in cluster.stays)
    is_awaited = any(link.max_lag < NEVER and arrays.operations[link.operation].fixed for row in rows for link in row.before)
    if is_inside or is_awaited:
        return 0
    return 1 if any(row.pinned_start is not None for row in rows) else 2


def _sorted_within(group: Sequence[int], forward: dict[int, set[int]]) -> tuple[int, ...]:
    """Topologically; the precedences alone have no cycle. One that has (bad pins) keeps the rest in the given order."""
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
        other = next((candidate for candidate in others if candidate not in seen), None)
        if other is None:
            completed.append(node)
            path.pop()
        else:
            seen.add(other)
            path.append((other, iter(arcs[other])))
