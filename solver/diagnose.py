"""Every fault of a problem at once, in the planner's nouns, before any search.

| code                     | what is wrong                                                                                     |
|--------------------------|---------------------------------------------------------------------------------------------------|
| bad_epoch                | the epoch is no instant with an offset                                                            |
| bad_number               | a number is negative or zero that must not be: horizon, run, count, level, capacity, WIP limit …  |
| bad_tiers                | the objective's tiers leave out what has a weight, or name what has none, or the same twice       |
| too_large                | a number, or the objective as a whole, is too large to count with                                 |
| bad_windows              | windows are empty, overlap or are out of order                                                    |
| bad_downtime             | a downtime ends before it begins                                                                  |
| bad_matrix               | a setup matrix is not square, names a family twice or has a negative time                         |
| duplicate_id             | two rows of a kind have one id                                                                    |
| duplicate_mode           | an operation has two modes on one machine                                                         |
| unknown_reference        | a row names another that does not exist                                                           |
| capacity_with_matrix     | a machine takes several operations at a time and has changeovers                                  |
| unknown_family           | a family is not in the setup matrix                                                               |
| missing_family           | an operation can run on a machine with changeovers and has no family                              |
| no_mode                  | no machine can do an operation                                                                    |
| due_before_release       | an order is due before it may start                                                               |
| deadline_before_release  | its deadline comes before it may start                                                            |
| bad_lag                  | a wait is negative, or the longest is shorter than the shortest                                   |
| cycle                    | operations wait for one another in a circle, by precedences and pins                              |
| bad_actual               | a report contradicts itself or lies in the future                                                 |
| bad_baseline             | the published plan contradicts itself                                                             |
| bad_freeze               | the published plan freezes an operation on a machine that cannot do it                            |
| bad_pin                  | a pin cannot be obeyed, or contradicts another one or the frozen zone                             |
| no_room                  | no machine for an operation is ever open long enough                                              |
| no_crew                  | the people for an operation are never there long enough                                           |
| horizon_too_short        | an operation cannot be over within the horizon                                                    |
| deadline_impossible      | an order would miss its deadline even with the plant to itself                                    |
| wait_expired             | a longest wait behind a fact is over before the next operation can start                          |
| fixed_too_early          | a pinned or frozen start comes before what must precede it can be over                            |
| fixed_in_closed_time     | at a pinned or frozen start the machine is closed or the crew is away                             |
| fixed_collision          | more operations are fixed on a machine at one time than it takes                                  |
| overloaded_machine       | a machine is open for less time than what only it can do takes                                    |

A problem without faults may still be impossible; only a search can tell. Where every fault is one of
`solver.faults.fault.PROOFS` there is no schedule. With any other fault the problem says something that nobody can have meant, and
a search refuses it.
"""

from __future__ import annotations

from collections.abc import Sequence

from solver.faults.dates import date_faults, sum_faults
from solver.faults.fault import Fault, FaultCode
from solver.faults.heads import Heads, head_faults
from solver.faults.links import link_faults
from solver.faults.operations import operation_faults
from solver.faults.rows import row_faults
from solver.faults.sound import sound_part
from solver.problem import Problem

__all__ = ["Fault", "FaultCode", "RefusedProblem", "diagnose", "makes_sense"]


class RefusedProblem(ValueError):
    """A problem that is no question. `faults`: everything that is wrong with it; those that are no proof are why it is none."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(fault.message for fault in faults))
        self.faults = tuple(faults)


def diagnose(problem: Problem) -> tuple[Fault, ...]:
    """All faults, the plain ones first; empty when a search may begin. Takes any Problem, whatever is in it."""
    faults = _plain_faults(problem)
    sound = sound_part(problem, faults)
    if sound is not None:
        heads = Heads(sound)
        faults += head_faults(heads)
        faults += date_faults(heads)
    return tuple(dict.fromkeys(faults))


def makes_sense(problem: Problem) -> bool:
    """Whether every row can be taken at its word and be counted with. Whatever else may be wrong with a problem then proves that
    there is no schedule: a legal schedule disproves it, and to look for it takes twice as long as this."""
    people = len(problem.operators)
    return (
        not _plain_faults(problem)
        and next(sum_faults(problem), None) is None
        and all(sum(need.count for need in operation.crew) <= people for operation in problem.operations)
    )


def _plain_faults(problem: Problem) -> list[Fault]:
    return [*row_faults(problem), *operation_faults(problem), *link_faults(problem)]
