"""Variations of a list of clusters that still respect precedence: whatever must stay before or after a cluster moves with it."""

from __future__ import annotations

from collections.abc import Sequence

from solver.decoding.clusters import Cluster


class Moves:
    """Moves along one precedence graph."""

    def __init__(self, clusters: Sequence[Cluster]) -> None:
        self._after = [set(cluster.after) for cluster in clusters]
        self._before: list[set[int]] = [set() for _ in clusters]
        for place, cluster in enumerate(clusters):
            for other in cluster.after:
                self._before[other].add(place)

    def pull(self, sequence: list[int], source: int, target: int) -> list[int]:
        """The cluster at index `source` to index `target` before it, in front of it whatever must precede it."""
        moving, rest = _split(sequence[target : source + 1][::-1], self._before)
        return sequence[:target] + moving[::-1] + rest[::-1] + sequence[source + 1 :]

    def push(self, sequence: list[int], source: int, target: int) -> list[int]:
        """The cluster at index `source` to index `target` behind it, behind it whatever must follow it."""
        moving, rest = _split(sequence[source : target + 1], self._after)
        return sequence[:source] + rest + moving + sequence[target + 1 :]


def _split(stretch: list[int], bound: Sequence[set[int]]) -> tuple[list[int], list[int]]:
    """The first of a stretch and what is bound to it, and what is not, each in order."""
    wanted = set(bound[stretch[0]])
    moving, rest = [stretch[0]], []
    for place in stretch[1:]:
        if place in wanted:
            moving.append(place)
            wanted |= bound[place]
        else:
            rest.append(place)
    return moving, rest
