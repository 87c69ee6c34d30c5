"""Machines, people and matrices of the question: calendars over changes of the clocks, absences, downtime, families, skills."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from plant.models import Absence, Downtime, Operation, OperatorSkill, Order, SetupMatrix, SetupTime
from solver.calendars import working
from solver.problem import Machine, Operator, SkillLevel
from tests.plans.making import (
    HOUR,
    NOW,
    day,
    frozen,
    make_calendar,
    make_cell,
    make_family,
    make_machine,
    make_operation,
    make_operator,
    make_order,
    make_plant,
    make_site,
    make_skill,
    problem_now,
)

pytestmark = pytest.mark.django_db


def only_machine(now: datetime = NOW) -> Machine:
    (machine,) = problem_now(now).machines
    return machine


def only_operator() -> Operator:
    (operator,) = problem_now().operators
    return operator


@pytest.mark.parametrize(
    ("saturday", "hours"),
    [(datetime(2026, 3, 28, 11, 0, tzinfo=UTC), 7), (datetime(2026, 10, 24, 10, 0, tzinfo=UTC), 9)],
)
def test_a_night_shift_over_the_change_of_the_clocks_is_shorter_or_longer(saturday: datetime, hours: int) -> None:
    """22:00 to 06:00 in Berlin, frozen on Saturday at noon."""
    make_site()
    machine = make_machine(make_cell(calendar=make_calendar("Night", time(22), time(6))))
    make_operation(make_order(release=saturday, due=saturday + timedelta(days=3)), machine, run_minutes=60)
    coming = [window for window in only_machine(saturday).windows if window[0] >= 0]
    assert coming[0] == (10 * 60, (10 + hours) * 60)
    assert coming[1][1] - coming[1][0] == 8 * 60


def test_a_machine_follows_its_own_calendar_before_its_cells() -> None:
    make_site()
    cell = make_cell(calendar=make_calendar("Days", time(6), time(14)))
    own = make_machine(cell, "OWN", calendar=make_calendar("Late", time(14), time(22)))
    follows = make_machine(cell, "CELL")
    order = make_order()
    make_operation(order, own)
    make_operation(order, follows, 20)
    windows = {machine.id: machine.windows for machine in problem_now().machines}
    after_now = {key: next(window for window in listed if window[1] > 0) for key, listed in windows.items()}
    assert after_now[f"machine:{own.pk}"] == (4 * 60, 12 * 60)
    assert after_now[f"machine:{follows.pk}"] == (-4 * 60, 4 * 60)


def test_history_is_as_long_as_what_was_reported() -> None:
    machine = make_plant()
    started = Operation.objects.order_by("number")[0]
    Operation.objects.filter(pk=started.pk).update(
        actual_machine=machine, actual_start=NOW - timedelta(days=3), actual_end=NOW - timedelta(days=2)
    )
    question = frozen()
    assert question.labels["begin"] == -(3 * 24 + 10) * 60, "the midnight before"
    assert only_machine().windows[0][0] == question.labels["begin"]


def test_the_axis_is_long_enough_for_all_the_work_and_a_week_more() -> None:
    machine = make_plant(orders=0)
    for number in range(20):
        make_operation(make_order(f"big{number}"), machine, run_minutes=24 * 60)
    problem = problem_now()
    assert problem.horizon == (30 + 7) * 24 * 60
    assert problem.machines[0].windows[-1][1] == problem.horizon


def test_a_plant_with_little_to_do_looks_a_week_past_the_planned_time() -> None:
    make_plant()
    assert problem_now().horizon == (14 + 7) * 24 * 60


def test_scarce_people_make_the_axis_longer() -> None:
    machine = make_plant(orders=0)
    skill = make_skill()
    make_operator(make_calendar("Half", time(8), time(20)), "P1", skill)
    for number in range(10):
        operation = make_operation(make_order(f"big{number}"), machine, run_minutes=24 * 60, may_pause=True)
        operation.crew.create(skill=skill)
    assert problem_now().horizon > (10 * 1.5 * 2 + 7 - 1) * 24 * 60


def test_downtime_is_cut_off_at_the_ends_of_the_axis() -> None:
    machine = make_plant()
    Downtime.objects.create(machine=machine, start=NOW - timedelta(days=90), end=NOW + HOUR, kind="breakdown", reason="Spindle")
    Downtime.objects.create(machine=machine, start=NOW + 2 * HOUR, end=NOW + 3 * HOUR)
    Downtime.objects.create(machine=machine, start=NOW + timedelta(days=15), end=NOW + timedelta(days=400))
    Downtime.objects.create(machine=machine, start=NOW + timedelta(days=500), end=NOW + timedelta(days=501))
    problem = problem_now()
    told = [(down.start, down.end, down.kind, down.reason) for down in problem.machines[0].downtime]
    begin = frozen().labels["begin"]
    assert told == [
        (begin, 60, "breakdown", "Spindle"),
        (120, 180, "maintenance", ""),
        (15 * 24 * 60, problem.horizon, "maintenance", ""),
    ]


def test_people_are_not_there_while_they_are_absent() -> None:
    machine = make_plant()
    operator = make_operator(machine.cell.calendar, skill=make_skill())
    Absence.objects.create(operator=operator, start=NOW + HOUR, end=NOW + 3 * HOUR)
    windows = only_operator().windows
    assert working(windows, 0, 240) == 120
    assert (180, windows[-1][1]) == windows[-1]


def test_people_who_have_left_are_not_in_the_question() -> None:
    machine = make_plant()
    make_operator(machine.cell.calendar, skill=make_skill(), is_active=False)
    assert problem_now().operators == ()


def test_a_skill_is_held_from_the_first_midnight_to_the_midnight_after_the_last_day() -> None:
    """Berlin's midnight is 10 hours before tick 0."""
    machine = make_plant()
    operator = make_operator(machine.cell.calendar)
    skill = make_skill()
    OperatorSkill.objects.create(operator=operator, skill=skill, level=4, valid_from=day(1), valid_until=day(2))
    OperatorSkill.objects.create(operator=operator, skill=skill, level=2, valid_from=day(3))
    midnight = 14 * 60
    assert only_operator().skills == (
        SkillLevel(f"skill:{skill.pk}", 4, midnight, midnight + 2 * 24 * 60),
        SkillLevel(f"skill:{skill.pk}", 2, midnight + 2 * 24 * 60, None),
    )


def test_a_matrix_is_complete_and_its_wildcards_are_resolved() -> None:
    make_site()
    steel, brass = make_family("STEEL"), make_family("BRASS")
    matrix = SetupMatrix.objects.create(name="Lathes", default_minutes=30)
    SetupTime.objects.create(matrix=matrix, from_family=steel, to_family=brass, minutes=45)
    SetupTime.objects.create(matrix=matrix, from_family=None, to_family=steel, minutes=20)
    machine = make_machine(make_cell(), setup_matrix=matrix, initial_family=brass)
    order = make_order()
    make_operation(order, machine, 10, setup_family=steel)
    plain = make_operation(order, machine, 20)
    problem = problem_now()
    (made,) = problem.setup_matrices
    none, first, second = "family:none", f"family:{steel.pk}", f"family:{brass.pk}"
    minutes = {(a, b): made.times[i][j] for i, a in enumerate(made.families) for j, b in enumerate(made.families)}
    assert set(made.families) == {none, first, second}
    assert minutes[first, second] == 45
    assert minutes[second, first] == minutes[none, first] == 20
    assert minutes[first, first] == minutes[second, second] == 0
    assert minutes[second, none] == minutes[first, none] == 30
    assert problem.operation_by_id[f"operation:{plain.pk}"].setup_family == none
    assert problem.machines[0].initial_family == second
    assert frozen().labels["families"][none] == "no family"


def test_work_without_a_family_needs_none_where_changeovers_cost_nothing() -> None:
    make_plant()
    assert {operation.setup_family for operation in problem_now().operations} == {None}


def test_the_family_worked_on_last_counts_more_than_the_one_entered() -> None:
    make_site()
    steel, brass = make_family("STEEL"), make_family("BRASS")
    matrix = SetupMatrix.objects.create(name="Lathes")
    machine = make_machine(make_cell(), setup_matrix=matrix, initial_family=brass)
    finished = make_operation(make_order("old", status=Order.Status.DONE), machine, setup_family=steel)
    Operation.objects.filter(pk=finished.pk).update(
        actual_machine=machine, actual_start=NOW - 3 * HOUR, actual_end=NOW - 2 * HOUR
    )
    make_operation(make_order(), machine, setup_family=brass)
    assert only_machine().initial_family == f"family:{steel.pk}"
