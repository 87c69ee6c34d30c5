"""duration, open_time, pauses; capacity."""

from __future__ import annotations

import numpy as np

from solver.problem import Problem
from solver.rules.glance.columns import Mask, Stretches, Windows, column, lengths, marked
from solver.rules.glance.laid import Laid
from solver.rules.glance.modes import Modes
from solver.rules.glance.stints import Pauses, Stints


class Machines:
    """When they are open, and for how many operations they have room."""

    def __init__(self, problem: Problem, modes: Modes) -> None:
        self._modes = modes
        self._open = Windows([machine.windows for machine in problem.machines])
        downtimes = [down for machine in problem.machines for down in machine.downtime]
        owners = np.repeat(np.arange(len(problem.machines)), lengths([machine.downtime for machine in problem.machines]))
        self._down = Stretches(owners, column(down.start for down in downtimes), column(down.end for down in downtimes))
        self._room = column(machine.capacity for machine in problem.machines)

    def mistimed(self, laid: Laid, pauses: Pauses) -> Mask:
        """Operations of which a phase does not take exactly its ticks, or a pause is not where one can be."""
        modes, row = self._modes, laid.mode
        takes = laid.start - laid.setup_start, laid.run_end - laid.start, laid.end - laid.run_end
        needs = laid.setup, modes.run[row], modes.teardown[row]
        phases = pauses.phases(laid)
        are_wrong = marked(pauses.disorderly(), len(row)) | marked(pauses.operation[~np.any(phases, axis=0)], len(row))
        for has, need, are_within in zip(takes, needs, phases, strict=True):
            stood = np.zeros(len(row), np.int64)
            np.add.at(stood, pauses.operation[are_within], (pauses.end - pauses.begin)[are_within])
            are_wrong |= (has - stood != need) | (has < 0)
        return are_wrong

    def shut(self, laid: Laid, stints: Stints) -> Mask:
        """Operations that are worked on while their machine may be closed or down."""
        span = laid.machine[stints.operation], stints.begin, stints.end
        may_work = self._open.hold(*span) & (self._down.shared(*span) == 0)
        return marked(stints.operation[~may_work], len(laid.machine))

    def are_shut(self, laid: Laid, pauses: Pauses) -> Mask:
        """In which pauses the machine is surely closed."""
        return self._open.miss(laid.machine[pauses.operation], pauses.begin, pauses.end)

    def crowded(self, laid: Laid) -> Mask:
        """Operations on machines that may hold too many at a time; those that take no time are nowhere."""
        stays = np.flatnonzero(laid.end > laid.setup_start)
        machine, begin = laid.machine[stays], laid.setup_start[stays]
        there = Stretches(machine, begin, laid.end[stays]).at(machine, begin)
        return np.isin(laid.machine, machine[there > self._room[machine]])
