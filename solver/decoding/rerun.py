"""Decoding lists that differ only from some place on: what they have in common is not decoded again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from solver.arrays import ModeRow
from solver.decode import Decoder
from solver.decoding.partial import PartialSchedule

CHECKPOINTS = 16

Modes = list[tuple[ModeRow, ...]]


class Decoded(NamedTuple):
    """A list of clusters with machines, the schedule that follows, its objective, and the states on the way there: before the
    first cluster, and before every `stride` more."""

    sequence: list[int]
    modes: Modes
    schedule: PartialSchedule
    value: int
    states: list[PartialSchedule]


class Rerun:
    """Decodes variations of lists. `give_up` is asked now and then and ends a decoding without a result."""

    def __init__(self, decoder: Decoder, give_up: Callable[[], bool]) -> None:
        self._decoder = decoder
        self._give_up = give_up
        self.stride = max(1, -(-len(decoder.clusters) // CHECKPOINTS))

    def decode(self, sequence: list[int], modes: Modes, like: Decoded | None, limit: float) -> Decoded | None:
        """None when it is illegal, when its value is sure to be above the limit, or when asked to give up."""
        states = self._states_in_common(sequence, modes, like)
        if states:
            partial = states[-1].copy()
        else:
            start = self._decoder.start(modes)
            if start is None:
                return None
            states, partial = [start.copy()], start
        for begin in range((len(states) - 1) * self.stride, len(sequence), self.stride):
            if begin // self.stride >= len(states):
                states.append(partial.copy())
            if not self._decoder.go_on(partial, sequence[begin : begin + self.stride], modes):
                return None
            if self._decoder.worth.of(partial) > limit or self._give_up():
                return None
        return Decoded(sequence, modes, partial, self._decoder.worth.of(partial), states)

    def _states_in_common(self, sequence: Sequence[int], modes: Modes, like: Decoded | None) -> list[PartialSchedule]:
        if like is None:
            return []
        clusters = self._decoder.clusters
        common = 0
        for mine, other in zip(sequence, like.sequence, strict=True):
            if mine != other or any(modes[number] is not like.modes[number] for number in clusters[mine].operations):
                break
            common += 1
        return like.states[: common // self.stride + 1]
