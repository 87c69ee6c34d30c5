"""Schedules that have nothing to do with the given one any more, or nearly nothing: what no search and no file is safe from."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from solver.problem import Problem
from solver.schedule import Assignment, Schedule
from tests.solver.mutations import INSTANTS, shifted, with_instant

Rows = list[Assignment]
Way = Callable[[random.Random, Problem, Rows], None]

FAR = (-(10**9), -1, 0, 10**9, 2**40, 2**41, 2**62, 2**63, 2**70, -(2**40), -(2**41), -(2**63))


def mutilated(dice: random.Random, problem: Problem, schedule: Schedule) -> Schedule:
    """Up to three things done to it, most often one."""
    rows = list(schedule.assignments)
    for _ in range(dice.choice((1, 1, 2, 3))):
        if rows:
            dice.choice(WAYS)(dice, problem, rows)
    return Schedule(tuple(rows))


def _drop(dice: random.Random, problem: Problem, rows: Rows) -> None:
    del rows[dice.randrange(len(rows))]


def _double(dice: random.Random, problem: Problem, rows: Rows) -> None:
    rows.insert(dice.randrange(len(rows) + 1), dice.choice(rows))


def _permute(dice: random.Random, problem: Problem, rows: Rows) -> None:
    dice.shuffle(rows)


def _rename(dice: random.Random, problem: Problem, rows: Rows) -> None:
    index = dice.randrange(len(rows))
    rows[index] = replace(rows[index], operation=dice.choice(("nothing", dice.choice(rows).operation)))


def _shift(dice: random.Random, problem: Problem, rows: Rows) -> None:
    index = dice.randrange(len(rows))
    rows[index] = shifted(rows[index], dice.choice((-1, 1, dice.randint(-30, 30), dice.randint(-1000, 1000))))


def _shift_together(dice: random.Random, problem: Problem, rows: Rows) -> None:
    """An order, or all that is on a machine: what overlaps nothing new may break other rules."""
    first, ticks = dice.choice(rows), dice.randint(-40, 40)
    for index, each in enumerate(rows):
        if each.machine == first.machine:
            rows[index] = shifted(each, ticks)


def _exchange(dice: random.Random, problem: Problem, rows: Rows) -> None:
    one, two = dice.randrange(len(rows)), dice.randrange(len(rows))
    first, second = rows[one], rows[two]
    rows[one] = replace(shifted(first, second.start - first.start), machine=second.machine)
    rows[two] = replace(shifted(second, first.start - second.start), machine=first.machine)


def _move_instant(dice: random.Random, problem: Problem, rows: Rows) -> None:
    index = dice.randrange(len(rows))
    name = dice.choice(INSTANTS)
    tick = dice.choice((getattr(rows[index], name) + dice.randint(-3, 3), dice.randint(-5, 400), dice.choice(FAR)))
    rows[index] = with_instant(rows[index], name, tick)


def _turn(dice: random.Random, problem: Problem, rows: Rows) -> None:
    """Backwards, or nothing at all."""
    index = dice.randrange(len(rows))
    each = rows[index]
    begin, end = dice.choice(((each.end, each.setup_start), (each.start, each.start)))
    rows[index] = replace(each, setup_start=begin, start=begin, run_end=end, end=end)


def _elsewhere(dice: random.Random, problem: Problem, rows: Rows) -> None:
    index = dice.randrange(len(rows))
    others = [mode.machine for mode in problem.operations[min(index, len(problem.operations) - 1)].modes]
    machine = dice.choice((*others, dice.choice(problem.machines).id, dice.choice(("", "nowhere"))))
    rows[index] = replace(rows[index], machine=machine)


def _other_people(dice: random.Random, problem: Problem, rows: Rows) -> None:
    index = dice.choice([index for index, each in enumerate(rows) if each.operators] or [0])
    known = [person.id for person in problem.operators]
    crew = [list(group) for group in rows[index].operators]
    somebody = dice.choice([*known, *known, "nobody"])
    group = dice.choice(crew) if crew else []
    what = dice.choice(("one other", "one other", "one more", "one less", "another group", "no group", "strangers"))
    if what == "one other" and group:
        group[dice.randrange(len(group))] = somebody
    elif what == "one more":
        group.append(dice.choice([somebody, *group]))
    elif what == "one less" and group:
        group.pop()
    elif what == "another group":
        crew.append(dice.choice(([], [somebody])))
    elif what == "no group" and crew:
        crew.pop(dice.randrange(len(crew)))
    elif what == "strangers":
        crew = [list(each) for each in dice.choice(rows).operators]
    rows[index] = replace(rows[index], operators=tuple(map(tuple, crew)))


def _other_pauses(dice: random.Random, problem: Problem, rows: Rows) -> None:
    index = dice.choice([index for index, each in enumerate(rows) if each.pauses] or [dice.randrange(len(rows))])
    each = rows[index]
    begin = dice.randint(min(each.setup_start, each.end), max(each.setup_start, each.end))
    rows[index] = replace(each, pauses=dice.choice(((), each.pauses[1:], (*each.pauses, (begin, begin + dice.randint(-1, 9))))))


WAYS: tuple[Way, ...] = (
    *(_drop, _double, _permute, _rename, _turn),
    *(_shift, _shift_together, _exchange, _elsewhere) * 3,
    *(_move_instant, _other_people, _other_pauses) * 2,
)
