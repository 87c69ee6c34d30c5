"""A schedule at a glance."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from solver.problem import Problem
from solver.rules.crews import crews
from solver.rules.decisions import pins
from solver.rules.glance.columns import Mask, OutOfSight, marked, mask, numbered
from solver.rules.glance.decisions import Facts, FrozenZone, pinned
from solver.rules.glance.laid import Ground, Laid
from solver.rules.glance.links import Cells, Dates, Links, Precedences
from solver.rules.glance.machines import Machines
from solver.rules.glance.people import People
from solver.rules.glance.stints import Pauses
from solver.rules.grounds import Case, Violation
from solver.rules.machines import capacity
from solver.rules.phases import phases
from solver.schedule import Schedule

RuleFamily = Callable[[Case], Iterator[Violation]]


class Glance:
    """Prepared once for all schedules of a problem; safe to use from several threads.

    Raises OutOfSight for a problem whose numbers are too large.
    """

    def __init__(self, problem: Problem) -> None:
        operations = numbered(problem.operations)
        self._ground = Ground(problem)
        self._may_pause = mask(operation.may_pause for operation in problem.operations)
        self._pinned = pinned(problem, operations)
        self._facts = Facts(problem, operations)
        self._frozen_zone = FrozenZone(problem, operations, self._ground.machines)
        links = Links.of(problem, operations)
        self._dates = Dates(problem, self._ground.is_free)
        self._precedences = Precedences(problem, links, self._ground.is_free)
        self._cells = Cells(problem, links, self._ground.is_free)
        self._machines = Machines(problem, self._ground.modes)
        self._people = People(problem)

    def is_sure_of(self, schedule: Schedule) -> bool:
        """Whether the schedule breaks no rule; False when that is too unusual to be told at a glance."""
        try:
            laid = self._ground.lay(schedule)
            doubts = list(self._doubts(laid)) if self._keeps_exact_rules(laid) else None
        except OutOfSight:
            return False
        return doubts is not None and not any(any(rules(laid.case(in_doubt))) for rules, in_doubt in doubts)

    def _keeps_exact_rules(self, laid: Laid) -> bool:
        """Whether it keeps the rules that whole columns tell exactly."""
        return (
            self._facts.are_kept(laid)
            and self._frozen_zone.stands_still(laid)
            and self._dates.are_kept(laid)
            and self._precedences.are_kept(laid)
            and self._cells.are_kept(laid)
        )

    def _doubts(self, laid: Laid) -> Iterator[tuple[RuleFamily, Mask]]:
        """The other rules, each with the operations that it must look at."""
        is_free, may_pause = self._ground.is_free, self._may_pause
        engaged, is_miscast = self._people.look(laid)
        pauses = Pauses.of(laid)
        stints = pauses.stints(laid)
        is_absent = self._people.absent(engaged, stints)
        is_mistimed = self._machines.mistimed(laid, pauses) | self._machines.shut(laid, stints)
        are_idle = ~(self._machines.are_shut(laid, pauses) | self._people.are_absent(engaged, pauses))
        is_idle = marked(pauses.operation[are_idle | ~may_pause[pauses.operation]], len(is_free))
        yield phases, is_free & (is_mistimed | is_idle | (may_pause & is_absent))
        yield capacity, self._machines.crowded(laid)
        is_unfit = is_miscast | self._people.unable(engaged) | (~may_pause & is_absent)
        yield crews, (is_free & is_unfit) | self._people.torn(engaged)
        yield pins, self._pinned
