"""What a list is expected to be worth while it is decoded, and that nothing is decoded that is expected to be hopeless."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from solver.bench.plants import EVERYTHING, FEATURES, plant
from solver.bench.repairs import published
from solver.decode import Decoder
from solver.dispatch import dispatch
from solver.kernel import tables as t
from solver.kernel.loading import kernel
from solver.local_search import Annealing
from solver.problem import Objective, Problem

PLANTS = {
    "weighted tardiness alone": lambda: plant(60, FEATURES),
    "everything": lambda: plant(60, EVERYTHING),
    "every term": lambda: replace(
        plant(60, EVERYTHING),
        objective=Objective(weighted_tardiness=3, late_orders=50, makespan=7, setup=2, mode_cost=11, flow_time=1),
    ),
    "moves of what is published": lambda: published(60, 1),
}

UNTOLD_TICKS = 60
"""Of changeovers before the first change that are needed, or no longer, because what comes behind them does so elsewhere."""


def begun(question: Problem) -> Annealing:
    annealing = Annealing(Decoder(question), 1)
    assert annealing.begin(next(dispatch(question))[1], lambda: False)
    if annealing._aside is not None:
        annealing._end_urging(*annealing._aside)
        annealing._aside = None
    return annealing


def tries(annealing: Annealing, temperature: float) -> Iterator[bool]:
    """Whether each of some hundred has been accepted."""
    for _ in range(300):
        before = annealing.search.memo[t.CURRENT]
        annealing.search.new_log_first[:] = -1
        kernel.anneal(annealing.decoder.plant, annealing.search, annealing.decoder.scratch, temperature, 1)
        yield annealing.search.memo[t.CURRENT] != before


@pytest.mark.parametrize("name", PLANTS)
def test_a_list_that_is_decoded_to_its_end_is_expected_to_be_worth_what_it_is(name: str) -> None:
    annealing = begun(PLANTS[name]())
    weight, search = annealing.decoder.plant.weight, annealing.search
    last, count = search.completion.max(), 0
    for is_accepted in tries(annealing, 1e9):
        if is_accepted:
            longer = max(0, search.completion.max()) - max(0, last)
            missed = search.memo[t.VALUE] - search.memo[t.EXPECTED] - weight[t.MAKESPAN] * longer
            assert missed >= -UNTOLD_TICKS * weight[t.SETUPS]
            assert missed == 0 or weight[t.SETUPS]
            last, count = search.completion.max(), count + 1

    assert count > 100


@pytest.mark.parametrize("name", PLANTS)
def test_few_lists_are_given_up_that_would_have_been_better(name: str) -> None:
    annealing = begun(PLANTS[name]())
    decoder, search = annealing.decoder, annealing.search
    kept = lost = 0
    for is_accepted in tries(annealing, 20.0):
        best = search.memo[t.BEST_VALUE]
        kept += is_accepted
        if not is_accepted and search.new_log_first[decoder.plant.clusters] < 0:
            kernel.start(decoder.plant, decoder.base, decoder.state, decoder.scratch)
            is_legal = kernel.go_on(decoder.plant, decoder.state, decoder.scratch, 0, decoder.plant.clusters)
            lost += bool(is_legal and decoder.value() < best)

    assert lost <= 2 + kept // 10


@pytest.mark.parametrize("name", PLANTS)
def test_a_list_is_given_up_long_before_it_is_known_to_be_worse(name: str) -> None:
    annealing = begun(PLANTS[name]())
    decoder, search = annealing.decoder, annealing.search
    given_up = 0
    for is_accepted in tries(annealing, 1e-6):
        if not is_accepted and search.new_log_first[decoder.plant.clusters] < 0:
            tried = search.states[search.memo[t.TRIAL]]
            given_up += kernel.value_of(decoder.plant, tried, decoder.scratch) <= search.memo[t.VALUE]

    assert given_up > 10
