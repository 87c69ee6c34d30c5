"""Telling things apart by what is said of them, and by that alone: an order of things that does not depend on how they came.

Partition refinement, as in McKay & Piperno, "Practical graph isomorphism II" (2014), over relations among any number of things
instead of edges, and without their search tree: things share a colour until something told of them differs. When all that is left
are things alike, one of them is taken out and the rest is told apart from it. Where things that share a colour then could change
places, which is so unless the relations are made to mislead (two rings of three and one of six), any of them will do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

Sign = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """`label` is told of `things` (numbers from 0 on), which have different parts in it."""

    label: int
    things: tuple[int, ...]


def colours(number: int, relations: Sequence[Relation]) -> list[int]:
    """For each of so many things its place in the order. Each of things alike costs what is told of it and its neighbours once
    more."""
    partition = _Partition(number, relations)
    partition.refine(deque([0]))
    for colour in range(number):
        while len(partition.members.get(colour, ())) > 1:
            partition.refine(deque([partition.take_out(colour)]))
    return partition.colours


class _Partition:
    """Things by colour. A colour is the number of things in smaller ones, so that splitting it leaves all others alone."""

    def __init__(self, number: int, relations: Sequence[Relation]) -> None:
        self.colours = [0] * number
        self.members: dict[int, dict[int, None]] = {0: dict.fromkeys(range(number))}
        self._relations = relations
        self._told: list[list[int]] = [[] for _ in range(number)]
        for index, relation in enumerate(relations):
            for thing in dict.fromkeys(relation.things):
                self._told[thing].append(index)

    def take_out(self, colour: int) -> int:
        """Give one thing of the colour one of its own."""
        thing, _ = self.members[colour].popitem()
        self.colours[thing] = own = colour + len(self.members[colour])
        self.members[own] = {thing: None}
        return own

    def refine(self, splitters: deque[int]) -> None:
        """Until no colour is told apart by another. Of the parts of a colour all but one have to tell others apart: what is told
        of the whole and of all other parts says what is told of that one."""
        while splitters:
            for colour, things in sorted(self._signs(splitters.popleft()).items()):
                splitters.extend(self._split(colour, things))

    def _signs(self, splitter: int) -> dict[int, dict[int, list[tuple[int, ...]]]]:
        """By colour and thing, what is told of it together with things of the splitter."""
        found: dict[int, dict[int, list[tuple[int, ...]]]] = {}
        seen = {index for thing in self.members[splitter] for index in self._told[thing]}
        for index in seen:
            relation = self._relations[index]
            shades = tuple(self.colours[thing] for thing in relation.things)
            for part, thing in enumerate(relation.things):
                if len(self.members[shades[part]]) > 1:
                    found.setdefault(shades[part], {}).setdefault(thing, []).append((relation.label, part, *shades))
        return found

    def _split(self, colour: int, signs: dict[int, list[tuple[int, ...]]]) -> list[int]:
        """The new colours. Things of which nothing is told keep theirs, or those with the smallest sign."""
        parts: dict[Sign, list[int]] = {}
        for thing, told in signs.items():
            parts.setdefault(tuple(sorted(told)), []).append(thing)
        rest = self.members[colour]
        in_order = sorted(parts)
        if len(signs) == len(rest):
            in_order.pop(0)
        next_colour = colour + len(rest) - sum(len(parts[sign]) for sign in in_order)
        new = []
        for sign in in_order:
            self.members[next_colour] = dict.fromkeys(parts[sign])
            for thing in parts[sign]:
                del rest[thing]
                self.colours[thing] = next_colour
            new.append(next_colour)
            next_colour += len(parts[sign])
        return new
