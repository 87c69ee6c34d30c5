"""Rows → the tables of a project: every machine and every pool of people is a resource of which there is so much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from solver.arrays import Arrays
from solver.kernel import tables as t
from solver.kernel.blocks import Array, Block
from solver.pools import Pool
from solver.problem import Crew

WORD_BITS = 62
"""Those of a word that are used: numbers in it never get near the sign."""

Resource = tuple[int, Mapping[int, int]]
"""How much of it there is, and how much each activity needs."""


def pack(arrays: Arrays, pooled: Mapping[Crew, Pool], order: Sequence[int]) -> Block:
    """A project in which every operation has one mode without setup and teardown, and every requirement a pool. In the order
    each comes after its predecessors."""
    words = list(_words(list(_resources(arrays, pooled)))) or [[]]
    capacity, guard = (np.zeros(len(words), dtype=np.int64) for _ in range(2))
    demand = np.zeros((len(arrays.operations), len(words)), dtype=np.int64)
    for word, resources in enumerate(words):
        shift = 0
        for there_is, needs in resources:
            spare = 1 << there_is.bit_length()
            capacity[word] |= (there_is | spare) << shift
            guard[word] |= spare << shift
            for number, amount in needs.items():
                demand[number, word] |= amount << shift
            shift += there_is.bit_length() + 1
    activity, link = _activities(arrays, order)
    return Block(
        t.PROJECT,
        {
            "activities": len(arrays.operations),
            "words": len(words),
            "activity": activity,
            "link": link,
            "demand": demand,
            "capacity": capacity,
            "guard": guard,
        },
    )


def _resources(arrays: Arrays, pooled: Mapping[Crew, Pool]) -> Iterator[Resource]:
    """Those of which there is not enough for everything at once."""
    machines: dict[int, Counter[int]] = {number: Counter() for number in range(len(arrays.machines))}
    people: dict[Pool, Counter[int]] = {pool: Counter() for pool in pooled.values()}
    for row in arrays.operations:
        machines[row.modes[0].machine][row.number] += 1
        for crew in arrays.problem.operations[row.number].crew:
            people[pooled[crew]][row.number] += crew.count
    yield from ((arrays.machines[number].capacity, needs) for number, needs in machines.items() if _binds(arrays, number, needs))
    yield from ((len(pool), needs) for pool, needs in people.items() if needs.total() > len(pool))


def _binds(arrays: Arrays, machine: int, needs: Counter[int]) -> bool:
    return needs.total() > arrays.machines[machine].capacity


def _words(resources: list[Resource]) -> Iterator[list[Resource]]:
    """As many in each word as its bits suffice for."""
    word: list[Resource] = []
    bits = 0
    for resource in resources:
        wanted = resource[0].bit_length() + 1
        if bits + wanted > WORD_BITS:
            yield word
            word, bits = [], 0
        word.append(resource)
        bits += wanted
    if word:
        yield word


def _activities(arrays: Arrays, order: Sequence[int]) -> tuple[Array, Array]:
    """Activities, and their links."""
    activity = np.zeros((len(arrays.operations), t.ACTIVITY_COLUMNS), dtype=np.int64)
    links: list[tuple[int, int]] = []
    for number in reversed(order):
        row = arrays.operations[number]
        ends = [len(links)]
        for side in (row.before, row.after):
            links += [(link.operation, link.min_lag) for link in side]
            ends.append(len(links))
        run = row.modes[0].run
        rest = max([0, *(link.min_lag + int(activity[link.operation, t.REST]) for link in row.after)])
        activity[number] = (run, row.release, run + rest, ends[0], ends[1], ends[1], ends[2])
    return activity, np.array(links, dtype=np.int64).reshape(-1, 2)
