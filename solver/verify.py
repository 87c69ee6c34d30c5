"""The second opinion: does a schedule keep every rule?

| rule         | what it demands                                                                                             |
|--------------|-------------------------------------------------------------------------------------------------------------|
| completeness | one assignment for every operation, none for anything else, in the problem's order                         |
| history      | done and started operations are exactly `solver.history.fixed_assignment`                                  |
| machine      | an operation is on a machine that it has a mode for                                                        |
| duration     | setup (changeover included), run and teardown take exactly their working ticks, without a wait between     |
| open_time    | machines work in open time: all of an operation that may not pause, the edges of the phases of one that may |
| pauses       | the pauses listed are exactly those in which work stands still; none for an operation that may not pause   |
| capacity     | a machine holds no more operations at a time, from `setup_start` to `end`, than its capacity               |
| crew         | every place is filled, by different people who exist; a setup of no ticks takes nobody for setup           |
| skill        | everyone engaged holds the skill, at the level or above, for the whole engagement                          |
| shift        | everyone in an operation that may not pause is on shift for the whole engagement                           |
| one_place    | nobody is engaged in two operations at a time                                                              |
| precedence   | the lags between operations are kept                                                                       |
| release      | no run starts before the release of its order and of its operation                                         |
| now          | no setup starts before tick 0                                                                              |
| horizon      | everything ends at or before the horizon                                                                   |
| deadline     | every run ends at or before the deadline of its order                                                      |
| wip          | no visit enters a cell that holds its limit                                                                |
| pin          | machines, starts and sequences are as pinned                                                               |
| frozen       | the frozen zone stands still, and nothing comes into it                                                    |

Operations with an actual are facts. Only `history` and `horizon` judge them; the other rules judge the rest, facts in view:
a free operation may not start before a fact has left its machine, but two facts may have been there together.
In an operation that may pause nobody need be on shift all the time: while a member of its crew is off, work stands still,
so that a wrong presence shows as a wrong `duration`, `open_time` or `pauses`.

The rules look at one operation after another, and have the words. In a large plan nearly all that is legal is seen at a glance
(`solver.rules.glance`); then the rules are asked only about what is left in doubt, and about everything once one is broken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from solver.problem import Problem
from solver.rules.crews import crews
from solver.rules.decisions import facts, frozen_zone, pins
from solver.rules.glance.columns import OutOfSight
from solver.rules.glance.glance import Glance
from solver.rules.grounds import Rule, Violation, lay_out
from solver.rules.links import order_dates, precedences, time_axis, work_in_cells
from solver.rules.machines import capacity, eligibility
from solver.rules.phases import phases
from solver.schedule import Schedule
from solver.wording import title

__all__ = ["Rule", "Verifier", "Violation", "rule_by_rule", "verify"]

FEW = 50
"""Operations whose schedules are verified rule by rule sooner than at a glance."""


class Verifier:
    """Verifies schedules of one problem, which must be one that `solver.diagnose` finds no fault with.

    What it prepares pays from the first schedule on. Safe to use from several threads.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._glance = _glance(problem) if len(problem.operations) > FEW else None

    def verify(self, schedule: Schedule) -> tuple[Violation, ...]:
        """Every rule that the schedule breaks; empty when it is legal. The schedule may be anything."""
        if self._glance is not None and self._glance.is_sure_of(schedule):
            return ()
        return rule_by_rule(self._problem, schedule)


def verify(problem: Problem, schedule: Schedule) -> tuple[Violation, ...]:
    """What a `Verifier` of the problem says of the schedule."""
    return Verifier(problem).verify(schedule)


def rule_by_rule(problem: Problem, schedule: Schedule) -> tuple[Violation, ...]:
    """What every rule has to say of the schedule: the words of the second opinion, and all of it where a glance is not enough."""
    case = lay_out(problem, schedule)
    families = (facts, phases, capacity, crews, precedences, order_dates, time_axis, work_in_cells, pins, frozen_zone)
    broken = [*_completeness(problem, schedule), *eligibility(case, schedule)]
    for rules in families:
        broken += rules(case)
    return tuple(broken)


def _glance(problem: Problem) -> Glance | None:
    """None for a problem that is too large for it."""
    try:
        return Glance(problem)
    except OutOfSight:
        return None


def _completeness(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    wanted = [operation.id for operation in problem.operations]
    counts = Counter(assignment.operation for assignment in schedule.assignments)
    for operation in problem.operations:
        if counts[operation.id] != 1:
            says = "is not in the schedule" if counts[operation.id] == 0 else "is in the schedule more than once"
            yield Violation("completeness", (operation.id,), f"{title(problem, operation)} {says}.")
    for unknown in sorted(counts.keys() - set(wanted)):
        yield Violation("completeness", (unknown,), f"The schedule has an operation “{unknown}” that nobody asked for.")
    if counts == Counter(wanted) and [assignment.operation for assignment in schedule.assignments] != wanted:
        yield Violation("completeness", (), "The schedule lists the operations in another order than the problem.")
