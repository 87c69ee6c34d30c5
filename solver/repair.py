"""The published plan after a change: what can stay stays, and only what cannot, or what gives way to new orders, moves.

    repair                everything stays where it can; what must move and what is new goes into what is left
    repair, new first     new orders take what they need, and everything else stays where it still can
    put off               as published, but later where it must be: every operation waits for those before it on its machine
    as published          the order and the machines of the plan alone, everything as early as it can be

Where people are not alike, who is sent decides whether an operation can stay. Those who are planned are asked first; where that
does not do, people change places (`solver.kernel.swaps`); and those that could not stay choose first the next time, with all that
must come before them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from solver.decode import NOTHING, Decoder, Wish, places_of, with_ancestors

LEAST_ROUNDS, MOST_ROUNDS, ROUNDS_SIZE = 1, 4, 10_000
"""Of choosing first, and about how many operations all of them may place."""
Published = dict[int, tuple[int, int, int]]
"""By operation: machine, start of the setup, start of the run."""


def repairs(decoder: Decoder) -> Iterator[tuple[str, bool]]:
    """Name, and whether the decoder's state is legal then, the one that moves least first."""
    published = _published(decoder)
    free = [row.number for row in decoder.arrays.operations if row.fixed is None]
    new = [number for number in free if number not in published]
    orders = decoder.problem.orders
    new.sort(key=lambda number: -orders[decoder.arrays.operations[number].order].weight)
    planned = sorted(published, key=lambda number: (published[number][1], number))
    rest = [row.number for row in decoder.arrays.operations if row.fixed is not None]
    machines = {
        number: machine
        for number, (machine, _, _) in published.items()
        if machine in [mode.machine for mode in decoder.arrays.operations[number].modes]
    }
    holds = {number: start for number, (_, _, start) in published.items()}
    crews = {
        number: people for number in published if (people := decoder.arrays.people_planned(decoder.problem.operations[number]))
    }
    yield "repair", _kept(decoder, Wish([*planned, *new, *rest], machines, holds, crews))
    if new:
        yield "repair, new first", _kept(decoder, Wish([*new, *planned, *rest], machines, holds, crews), len(new))
    yield "put off", decoder.follow(Wish(places_of([*new, *planned, *rest]), machines, holds, crews))
    yield "as published", decoder.follow(Wish(places_of([*planned, *new, *rest]), machines, NOTHING))


def _published(decoder: Decoder) -> Published:
    """What is planned of what has not happened yet."""
    found: Published = {}
    for row in decoder.arrays.operations:
        planned = decoder.arrays.planned(decoder.problem.operations[row.number].id)
        if planned is not None and row.fixed is None:
            found[row.number] = (planned[0], planned[1].setup_start, planned[1].start)
    return found


def _kept(decoder: Decoder, wish: Wish, ahead: int = 0) -> bool:
    """Let as many operations stay as rounds of choosing first allow; `wish.position` is the order of operations here, and so many
    of them come before all others in any case."""
    order = list(wish.position)
    urgent: Counter[int] = Counter()
    best: tuple[int, list[int]] | None = None
    has_best = False
    for _ in range(max(LEAST_ROUNDS, min(MOST_ROUNDS, ROUNDS_SIZE // max(1, len(order))))):
        moved = decoder.keep(wish._replace(position=places_of(order)))
        has_best = moved is not None and (best is None or len(moved) < best[0])
        if moved is None:
            break
        if has_best:
            best = len(moved), order
        moved_too = set(moved)
        reasons = [number for number in moved if number in wish.holds and not _follows(decoder, number, moved_too)]
        if not reasons:
            break
        for number in reasons:
            urgent.update(with_ancestors(decoder, number))
        order = order[:ahead] + sorted(order[ahead:], key=lambda number: -urgent[number])
    return has_best or (best is not None and decoder.keep(wish._replace(position=places_of(best[1]))) is not None)


def _follows(decoder: Decoder, number: int, others: set[int]) -> bool:
    return any(link.operation in others for link in decoder.arrays.operations[number].before)
