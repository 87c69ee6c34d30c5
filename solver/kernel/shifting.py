"""Lists that differ from the current one by where something stands in it."""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.tables import DICE, MARKED, NEXT, NEXT_END, PRIOR, PRIOR_END, Plant, Row, Scratch, Search

MODULUS = 2**31 - 1


@compiled
def _throw(search: Search) -> int:
    """The next of the minimal standard generator (Park & Miller 1988, with 48271). It never leaves 31 bits: compiled code must
    not overflow."""
    search.memo[DICE] = search.memo[DICE] * 48271 % MODULUS
    return search.memo[DICE]


@compiled
def dice(search: Search, sides: int) -> int:
    """A number from 0 on, below `sides`."""
    if sides < 1 << 20:
        return _throw(search) % sides
    return (_throw(search) << 31 | _throw(search)) % sides


@compiled
def _mark(plant: Plant, mark: Row, cluster: int, first: int, last: int, stamp: int) -> None:
    """What is bound to a cluster."""
    for row in range(plant.cluster[cluster, first], plant.cluster[cluster, last]):
        mark[plant.following[row]] = stamp


@unit
def shift(plant: Plant, search: Search, scratch: Scratch, source: int, target: int) -> int:
    """All that is marked, from one index on to another, which is where it goes, and with it whatever must stay before it when it
    goes forward, or behind it when it goes back. The first index at which the list changes, -1 for none."""
    stamp = search.memo[MARKED]
    step = -1 if target < source else 1
    first, last = (PRIOR, PRIOR_END) if target < source else (NEXT, NEXT_END)
    _mark(plant, search.mark, search.sequence[source], first, last, stamp)
    moving = 1
    for index in range(source + step, target + step, step):
        cluster = search.sequence[index]
        if search.mark[cluster] == stamp:
            _mark(plant, search.mark, cluster, first, last, stamp)
            moving += 1
    behind = target - step * moving
    for index in range(target, source - step, -step):
        cluster = search.sequence[index]
        if search.mark[cluster] == stamp:
            continue
        scratch.sequence[behind] = cluster
        behind -= step
    ahead = target - step * (moving - 1)
    for index in range(source, target + step, step):
        cluster = search.sequence[index]
        if search.mark[cluster] == stamp:
            scratch.sequence[ahead] = cluster
            ahead += step
    low = min(source, target)
    high = max(source, target)
    while low <= high and scratch.sequence[low] == search.sequence[low]:
        low += 1
    return low if low <= high else -1


@unit
def move(plant: Plant, search: Search, scratch: Scratch, source: int, target: int) -> int:
    """The cluster at one index to another, with what is bound to it; see `shift`."""
    target = max(0, min(target, plant.clusters - 1))
    if source == target:
        return -1
    search.memo[MARKED] += 1
    search.mark[search.sequence[source]] = search.memo[MARKED]
    return shift(plant, search, scratch, source, target)
