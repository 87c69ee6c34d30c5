"""Earliest and latest times by precedence alone: they keep every domain as small as the chains allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solver.formulation.grounds import Grounds
from solver.problem import Operation
from solver.schedule import Assignment


@dataclass(frozen=True, slots=True)
class Span:
    """No schedule has the `start` of the operation before `start_min`, or its `run_end` after `run_end_max`. Relaxation."""

    start_min: int
    run_end_max: int


def spans(grounds: Grounds, fixed: Mapping[str, Assignment], completions: Mapping[str, int]) -> Mapping[str, Span]:
    """For every operation; `fixed` ones are where they are, and a free one next to them gets what room they leave.
    `completions`: by order, the latest that is of interest."""
    earliest = _earliest(grounds, fixed)
    latest = _latest(grounds, fixed, completions)
    return {key: Span(earliest[key], latest[key]) for key in grounds.sequence}


def _earliest(grounds: Grounds, fixed: Mapping[str, Assignment]) -> dict[str, int]:
    problem = grounds.problem
    starts: dict[str, int] = {}
    run_ends: dict[str, int] = {}
    for key in grounds.sequence:
        operation = problem.operation_by_id[key]
        if key in fixed:
            starts[key], run_ends[key] = fixed[key].start, fixed[key].run_end
            continue
        chain = [run_ends[link.before] + link.min_lag for link in grounds.before.get(key, ())]
        starts[key] = max(0, operation.release, problem.order_by_id[operation.order].release, *chain)
        run_ends[key] = starts[key] + _shortest(operation)
    return starts


def _latest(grounds: Grounds, fixed: Mapping[str, Assignment], completions: Mapping[str, int]) -> dict[str, int]:
    problem = grounds.problem
    latest: dict[str, int] = {}
    for key in reversed(grounds.sequence):
        operation = problem.operation_by_id[key]
        if key in fixed:
            latest[key] = fixed[key].run_end
            continue
        deadline = problem.order_by_id[operation.order].deadline
        room = [problem.horizon, completions.get(operation.order, problem.horizon)]
        if deadline is not None:
            room.append(deadline)
        for link in grounds.after.get(key, ()):
            follower = problem.operation_by_id[link.after]
            begin = fixed[link.after].start if link.after in fixed else latest[link.after] - _shortest(follower)
            if link.after not in grounds.facts:
                room.append(begin - link.min_lag)
        latest[key] = min(room)
    return latest


def _shortest(operation: Operation) -> int:
    return min(mode.run for mode in operation.modes)
