"""Why an operation is not earlier, step by step back in time: what a move that shall help has to change."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from solver.arrays import Arrays
from solver.decoding.partial import PartialSchedule, Spot
from solver.decoding.timelines import Timeline

LONGEST_CHAIN = 60


class Block(NamedTuple):
    """`waiting` could be earlier if `blocking` did not have the machine or a person just before it."""

    blocking: int
    waiting: int


class Chain(NamedTuple):
    """The operations that led to the last one, latest first, and the blocks among them."""

    operations: list[int]
    blocks: list[Block]


def chain_to(partial: PartialSchedule, last: int) -> Chain:
    """Follow the reasons back from one operation until there is none but calendars and releases."""
    arrays = partial.arrays
    operations, blocks = [last], list[Block]()
    while len(operations) < LONGEST_CHAIN:
        spot = partial.placed[operations[-1]]
        if spot is None:
            break
        predecessor = _binding_predecessor(arrays, partial, spot)
        blocking = -1 if predecessor >= 0 else _blocking(arrays, partial, spot)
        if blocking >= 0 and partial.placed[blocking] is not None:
            blocks.append(Block(blocking, spot.operation))
        following = max(predecessor, blocking)
        if following < 0 or partial.placed[following] is None:
            break
        operations.append(following)
    return Chain(operations, blocks)


def _binding_predecessor(arrays: Arrays, partial: PartialSchedule, spot: Spot) -> int:
    """The predecessor that ends just before its start, −1 for none."""
    for link in arrays.operations[spot.operation].before:
        run_end = partial.run_end(link.operation)
        if run_end is not None and run_end + link.min_lag >= spot.start:
            return link.operation
    return -1


def _blocking(arrays: Arrays, partial: PartialSchedule, spot: Spot) -> int:
    """What leaves the machine, or keeps somebody of its crew busy, until shortly before it; −1 for none."""
    candidates = [(-1, -1)]
    machine = partial.machines[spot.mode.machine]
    if isinstance(machine, Timeline):
        candidates.append(_before(machine, spot.setup_start))
    for need in arrays.operations[spot.operation].needs:
        candidates += [_before(partial.people[person], spot.setup_start) for person in spot.crew[need.position]]
    return max(candidates)[1]


def _before(timeline: Timeline, instant: int) -> tuple[int, int]:
    """When the last stretch before an instant ends, and whose it is."""
    place = bisect_right(timeline.ends, instant) - 1
    return (timeline.ends[place], timeline.owners[place]) if place >= 0 else (-1, -1)
