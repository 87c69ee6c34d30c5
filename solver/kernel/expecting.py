"""What a list will be worth, guessed while it is decoded: most that are tried need not be decoded to their ends.

As long as an order is not placed to its end it is expected to end when it does in the current list, or later when what is left of
it takes so long; and as much earlier as the operation of it that was placed last. What else an operation costs counts only where
it is less than in the current list: a changeover that becomes longer in one place is often saved in another, further on. Where
only tardiness counted, of 250 lists that turned out to be good enough one in a hundred was expected to be worse on the way by
more than eight temperatures.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled
from solver.kernel.lists import has_moved, order_cost
from solver.kernel.tables import (
    CHURN,
    COST,
    COSTS,
    EXPECTED,
    MACHINE,
    MAKESPAN,
    NONE,
    ORDER,
    REST_OF_ORDER,
    RUN_END,
    SETUP_TICKS,
    SETUPS,
    SPOT_MODE,
    START,
    VALUE,
    Plant,
    Row,
    Scratch,
    Search,
    State,
)


@compiled
def know_completions(plant: Plant, search: Search, scratch: Scratch) -> None:
    """The list that has just been decoded is the current one from now on."""
    for order in range(plant.orders):
        search.completion[order] = scratch.completion[order]


@compiled
def expect_the_same(plant: Plant, search: Search) -> None:
    """Nothing has been decoded yet."""
    search.memo[EXPECTED] = search.memo[VALUE]
    for order in range(plant.orders):
        search.expected[order] = search.completion[order]
    for operation in range(plant.operations):
        search.saved[operation] = 0


@compiled
def _own_cost(plant: Plant, operation: int, spot: Row) -> int:
    """What an operation costs at a place, whenever its order ends."""
    weight, mode = plant.weight, spot[SPOT_MODE]
    cost = weight[SETUPS] * spot[SETUP_TICKS] + weight[COSTS] * plant.mode[mode, COST]
    if weight[CHURN] and has_moved(plant, operation, plant.mode[mode, MACHINE], spot[START]):
        cost += weight[CHURN]
    return cost


@compiled
def expect_cost(plant: Plant, current: State, search: Search, operation: int, spot: Row) -> None:
    """An operation has been placed there, or set up again. `current`: the state of the current list."""
    saved = max(0, _own_cost(plant, operation, current.spot[operation]) - _own_cost(plant, operation, spot))
    search.memo[EXPECTED] += search.saved[operation] - saved
    search.saved[operation] = saved


@compiled
def expect_end(plant: Plant, current: State, search: Search, operation: int, run_end: int) -> None:
    """An operation has been placed, none of its order after it, and its run ends then."""
    order = plant.operation[operation, ORDER]
    earlier = max(0, current.spot[operation, RUN_END] - run_end)
    end = max(search.completion[order] - earlier, run_end + plant.operation[operation, REST_OF_ORDER])
    if end != search.expected[order]:
        search.memo[EXPECTED] += order_cost(plant, order, end) - order_cost(plant, order, search.expected[order])
        search.expected[order] = end


@compiled
def is_hopeless(plant: Plant, search: Search, limit: int) -> bool:
    """Whether the list that is being decoded is expected to be worth more than the limit."""
    if search.memo[EXPECTED] <= limit or plant.weight[MAKESPAN] == 0:
        return search.memo[EXPECTED] > limit
    before, last = NONE, NONE
    for order in range(plant.orders):
        before, last = max(before, search.completion[order]), max(last, search.expected[order])
    return search.memo[EXPECTED] + plant.weight[MAKESPAN] * (max(0, last) - max(0, before)) > limit
