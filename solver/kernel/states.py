"""Blocks that change while one searches: states, and room to work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.arrays import Arrays
from solver.clusters import Stay
from solver.kernel import tables as t
from solver.kernel.blocks import Array, Block
from solver.kernel.past import Stretch, past
from solver.kernel.tables import NEVER

REGISTERS = 5
CHECKPOINTS = 16
LOG_ROWS = 4
"""Rows of a log for each operation: most get their place once, and another one when their setup changes."""
MOST_PAIRS = 2**20
"""Entries for pairs of operations; where there are more pairs, some share one."""
CHECKPOINT_BYTES = 200 * 2**20
"""What the states of all checkpoints may take; with fewer of them more is decoded again."""


def new_state(plant: Block) -> Block:
    """An empty one: nothing has its place, nobody is busy."""
    busy, steps, entries = plant.size
    state = Block(
        t.STATE,
        {
            "spot": np.zeros((plant.operations, t.SPOT_COLUMNS), dtype=np.int64),
            "crew": np.full(_slots(plant), -1, dtype=np.int64),
            "busy": np.zeros((busy, 3), dtype=np.int64),
            "lane_length": np.zeros(plant.lanes, dtype=np.int64),
            "step": np.zeros((steps, 2), dtype=np.int64),
            "room_length": np.ones(plant.rooms, dtype=np.int64),
            "entry": np.zeros(entries, dtype=np.int64),
            "entry_length": np.zeros(plant.rooms, dtype=np.int64),
        },
    )
    state.spot[:, t.SPOT_MODE] = -1
    state.step[plant.room[:, t.FIRST]] = (-NEVER, 0)
    return state


def base_state(plant: Block, arrays: Arrays, stays: Sequence[Stay]) -> Block:
    """History alone."""
    state = new_state(plant)
    before = past(arrays, stays)
    cells = [number for number, cell in enumerate(arrays.problem.cells) if cell.wip_limit is not None]
    rooms = {int(plant.machine[machine, t.ROOM]): stretches for machine, stretches in before.machines.items()}
    rooms |= {plant.rooms - len(cells) + place: before.cells.get(cell, []) for place, cell in enumerate(cells)}
    lanes = {machine: stretches for machine, stretches in before.machines.items() if plant.machine[machine, t.LANE] >= 0}
    lanes |= {plant.machines + person: stretches for person, stretches in before.people.items()}
    for lane, stretches in lanes.items():
        state.busy[plant.lane[lane, t.FIRST]] = stretches[0]
        state.lane_length[lane] = 1
    for room, stretches in rooms.items():
        if room >= 0:
            steps = _levels(stretches)
            first = plant.room[room, t.FIRST]
            state.step[first : first + len(steps)] = steps
            state.room_length[room] = len(steps)
    return state


def _levels(stretches: Sequence[Stretch]) -> Array:
    """When the number of those inside changes, and what it is then."""
    change: dict[int, int] = {}
    for begin, end, _ in stretches:
        change[begin] = change.get(begin, 0) + 1
        change[end] = change.get(end, 0) - 1
    rows, level = [(-NEVER, 0)], 0
    for instant in sorted(change):
        if change[instant]:
            level += change[instant]
            rows.append((instant, level))
    return np.array(rows, dtype=np.int64)


def new_scratch(plant: Block) -> Block:
    """Room to work in for one thread."""
    largest = 1 + int((plant.need[:, t.PEOPLE_END] - plant.need[:, t.PEOPLE]).max(initial=0))
    cluster = int((plant.cluster[:, t.MEMBERS_END] - plant.cluster[:, t.MEMBERS]).max(initial=0))
    slots = plant.slots + 1
    trail = 4 * (cluster + t.TEAR) + 16

    def zeros(*shape: int) -> Array:
        return np.zeros(shape, dtype=np.int64)

    scratch = Block(
        t.SCRATCH,
        {
            "spot": zeros(REGISTERS, t.SPOT_COLUMNS),
            "crew": zeros(REGISTERS, slots),
            "later": zeros(largest),
            "able": zeros(slots, largest),
            "able_length": zeros(slots),
            "holder": zeros(plant.people),
            "seen": zeros(plant.people),
            "clock": zeros(slots + 2),
            "kind": zeros(len(plant.calendar), 5),
            "trail": zeros(trail, 1 + t.SPOT_COLUMNS),
            "trail_crew": zeros(trail, slots),
            "bound": zeros(plant.operations),
            "extra": zeros(t.TEAR),
            "word": zeros(t.WORDS),
            "pin": zeros(plant.pins),
            "wanted": zeros(plant.operations) + t.ANY_MODE,
            "hold": zeros(plant.operations),
            "favour": zeros(_slots(plant)) - 1,
            "swap": zeros(t.SWAP_ROWS, 3),
            "reserved": zeros(t.SWAP_ROWS, 2),
            "locked": zeros(plant.operations),
            "position": zeros(plant.operations),
            "sequence": zeros(plant.clusters),
            "heap": zeros(plant.clusters),
            "key": zeros(plant.clusters),
            "waiting": zeros(plant.clusters),
            "completion": zeros(plant.orders),
        },
    )
    scratch.word[t.STUCK] = scratch.word[t.TORN_BEFORE] = -1
    return scratch


def new_search(plant: Block, seed: int) -> Block:
    """An annealing with its checkpoints, which needs to `begin`."""
    size = 8 * sum(array.size for array in new_state(plant).arrays())
    wanted = max(1, min(CHECKPOINTS, CHECKPOINT_BYTES // max(1, size)))
    stride = max(1, -(-plant.clusters // wanted))
    rows = LOG_ROWS * plant.operations + 64

    def zeros(*shape: int) -> Array:
        return np.zeros(shape, dtype=np.int64)

    def log(prefix: str) -> dict[str, Array]:
        return {
            f"{prefix}log": zeros(rows, 1 + t.SPOT_COLUMNS),
            f"{prefix}log_crew": zeros(rows, plant.slots + 1),
            f"{prefix}log_first": zeros(plant.clusters + 1),
            f"{prefix}look": zeros(plant.clusters, t.LOOK_COLUMNS),
        }

    search = Block(
        t.SEARCH,
        {
            "memo": zeros(t.MEMOS),
            "states": [new_state(plant) for _ in range(t.STATES_FIRST + -(-plant.clusters // stride))],
            "sequence": zeros(plant.clusters),
            "rank": zeros(plant.clusters),
            "wanted": zeros(plant.operations),
            "hold": zeros(plant.operations),
            "favour": zeros(_slots(plant)) - 1,
            "mark": zeros(plant.clusters),
            "cost": zeros(plant.orders),
            "completion": zeros(plant.orders),
            "expected": zeros(plant.orders),
            "saved": zeros(plant.operations),
            "place": zeros(plant.operations),
            "push": zeros(plant.orders),
            "new_push": zeros(plant.orders),
            "new_cost": zeros(plant.orders),
            "judged_push": zeros(plant.orders),
            "best_push": zeros(plant.orders),
            "worse": zeros(plant.cells),
            "block": zeros(t.LONGEST_CHAIN, 2),
            "chain": zeros(t.LONGEST_CHAIN),
            "kind": zeros(t.KINDS, 3),
            "rows": rows,
            **log(""),
            **log("new_"),
            "differs": zeros(plant.operations),
            "pending": zeros(plant.operations),
            "away": zeros(plant.clusters),
            "then": zeros(plant.operations, t.SPOT_COLUMNS),
            "now": zeros(plant.operations, t.SPOT_COLUMNS),
            "then_crew": zeros(_slots(plant)),
            "now_crew": zeros(_slots(plant)),
            "touched": zeros(plant.lanes + plant.rooms + plant.pools, t.BUCKETS + 1),
        },
    )
    search.kind[:, t.WEIGHT_OF_KIND] = 1
    search.memo[[t.DICE, t.STRIDE, t.CURRENT, t.TRIAL, t.BEST]] = 1 + seed % (2**31 - 2), stride, 0, 1, 2
    return search


def new_path(plant: Block, seed: int) -> Block:
    """Sequences on machines, which need a mode and a predecessor for each operation, and to begin."""

    def zeros(*shape: int) -> Array:
        return np.zeros(shape, dtype=np.int64)

    lists = ("mode", "run", "previous", "next", "head", "tail", "order", "place", "waiting", "aside", "path", "stretch")
    by_operation = (*lists, "new_head", "new_due", "best_mode", "best_head", "best_previous")
    before_it, after_it = _neighbours(plant, t.BEFORE), _neighbours(plant, t.AFTER)
    release = plant.operation[:, t.RELEASE]
    before_it[release > np.where(before_it >= 0, release[before_it], 0)] = t.SEVERAL
    last = np.flatnonzero(plant.operation[:, t.AFTER] == plant.operation[:, t.AFTER_END])
    pairs = min(MOST_PAIRS, 1 << max(1, plant.operations**2 - 1).bit_length())
    path = Block(
        t.PATH,
        {
            "memo": zeros(t.PATH_MEMOS),
            **{name: zeros(plant.operations) for name in by_operation},
            "before_it": before_it,
            "after_it": after_it,
            "last": last,
            "ban": zeros(pairs),
            "first": zeros(plant.machines),
            "tabu": zeros(len(plant.mode)),
        },
    )
    has_gaps = plant.mode[:, [t.MODE_SETUP, t.TEARDOWN]].any() or plant.changeover.any()
    path.memo[[t.TABU_DICE, t.LASTS, t.HAS_GAPS, t.BAN_MASK]] = 1 + seed % (2**31 - 2), len(last), has_gaps, pairs - 1
    return path


def _neighbours(plant: Block, first: int) -> Array:
    """By operation the only one that it is linked with on this side, without a wait; -1 for none, else SEVERAL."""
    begin, until = plant.operation[:, first], plant.operation[:, first + 1]
    found = np.full(plant.operations, -1, dtype=np.int64)
    for number in np.flatnonzero(until > begin):
        other, lag = plant.link[begin[number], [t.OTHER, t.MIN_LAG]]
        found[number] = other if until[number] == begin[number] + 1 and lag == 0 else t.SEVERAL
    return found


def new_population(project: Block, size: int, seed: int) -> Block:
    """Room for so many lists of a project; it is empty."""

    def zeros(*shape: int) -> Array:
        return np.zeros(shape, dtype=np.int64)

    by_activity = ("list", "place", "mark", "ready", "start", "key", "best_start")
    population = Block(
        t.POPULATION,
        {
            "size": size,
            "memo": zeros(t.POPULATION_MEMOS),
            "member": zeros(size, project.activities),
            **{name: zeros(size) for name in ("value", "print")},
            **{name: zeros(project.activities) for name in by_activity},
            "bucket": zeros(2 * project.activities + 1),
            "step": zeros(2 * project.activities + 1, 1 + project.words),
        },
    )
    population.memo[[t.CAST, t.LEAST_LENGTH]] = 1 + seed % (2**31 - 2), NEVER
    return population


def _slots(plant: Block) -> int:
    return int(plant.operation[plant.operations - 1, t.SLOTS_END]) if plant.operations else 0
