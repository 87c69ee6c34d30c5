"""A schedule becomes a draft, a draft is published, and what was published stands."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from plans.answers import Answer
from plans.drafts import save_draft, schedule_of
from plans.models import Placement, Plan
from plans.publishing import publish, published_plan
from plans.snapshot import store
from plant.models import Operation
from solver.problem import Problem
from solver.schedule import Schedule, measure, objective_value
from tests.plans.making import NOW, OBJECTIVE, frozen, make_draft, make_plant, one_after_the_other, problem_now

COPY_PLACEMENT = """
    INSERT INTO plans_placement (plan_id, operation_key, machine_key, setup_start, start, run_end, "end", operators, pauses)
    SELECT plan_id, 'operation:0', machine_key, setup_start, start, run_end, "end", '[]', '[]' FROM plans_placement LIMIT 1
"""


@pytest.mark.django_db
class TestSaving:
    def test_every_operation_has_a_placement_with_its_rows(self) -> None:
        machine = make_plant(orders=2)
        plan = make_draft()
        assert plan.placements.count() == 4
        first = plan.placements.order_by("setup_start")[0]
        operation = Operation.objects.order_by("order__number", "number")[0]
        assert (first.operation, first.machine, first.operation_key) == (operation, machine, f"operation:{operation.pk}")
        assert (first.setup_start, first.run_end) == (NOW, NOW + timedelta(hours=1))

    def test_it_is_worth_what_the_objective_says(self) -> None:
        make_plant(orders=60)
        plan = make_draft()
        problem = problem_now()
        measures = measure(problem, one_after_the_other(problem))
        assert measures.late_orders > 0
        assert (plan.objective, plan.measures) == (objective_value(OBJECTIVE, measures), measures.as_dict())

    def test_drafts_count_up_and_may_be_named(self) -> None:
        make_plant()
        plans = [make_draft(), make_draft("Night shift"), make_draft()]
        assert [plan.name for plan in plans] == ["Draft 1", "Night shift", "Draft 3"]

    def test_who_made_it_is_kept(self) -> None:
        make_plant()
        question, user = frozen(), User.objects.create_user("petra")
        assert question.problem is not None
        answer = one_after_the_other(question.problem)
        plan = save_draft(store(question), answer, "", user, measure(question.problem, answer))
        assert plan.created_by == user

    def test_the_schedule_comes_back_as_it_was(self) -> None:
        make_plant(orders=2)
        problem = problem_now()
        plain = one_after_the_other(problem)
        first = plain.assignments[0]
        paused = replace(first, operators=(("a", "b"), ()), pauses=((5, 9), (20, 30)))
        schedule = Schedule((paused, *plain.assignments[1:]))
        assert schedule_of(make_draft(schedule=schedule), problem) == schedule

    def test_rows_that_have_gone_since_leave_their_keys(self) -> None:
        make_plant()
        question = frozen()
        assert question.problem is not None
        snapshot, answer = store(question), one_after_the_other(question.problem)
        Operation.objects.all().delete()
        plan = save_draft(snapshot, answer, "", None, measure(question.problem, answer))
        assert {placement.operation_id for placement in plan.placements.all()} == {None}
        assert schedule_of(plan, question.problem) == answer

    def test_problems_of_another_making_can_be_saved(self) -> None:
        """Ids without a primary key in them, as in instance files."""
        make_plant()
        question = frozen()
        assert question.problem is not None
        data = question.problem.to_json()
        problem = Problem.from_json(_renamed(data, "operation:", "job-"))
        answer = one_after_the_other(problem)
        snapshot = store(type(question)(problem, question.labels, ()))
        assert save_draft(snapshot, answer, "", None, measure(problem, answer)).placements.filter(operation=None).count() == 2

    def test_a_plan_comes_with_its_question_in_two_queries(self, django_assert_num_queries: object) -> None:
        make_plant()
        plan = Plan.objects.select_related("snapshot").get(pk=make_draft().pk)
        with django_assert_num_queries(1):  # type: ignore[operator]  # the fixture's type is private
            answer = Answer.of(plan)
        assert answer.schedule == one_after_the_other(answer.problem)


def _renamed(data: object, old: str, new: str) -> dict[str, object]:
    renamed: dict[str, object] = json.loads(json.dumps(data).replace(old, new))
    return renamed


@pytest.mark.django_db
class TestPublishing:
    def test_one_plan_is_published_and_the_one_before_archived(self) -> None:
        make_plant()
        first, second = make_draft(), make_draft()
        assert published_plan() is None
        assert publish(first.pk)
        assert publish(second.pk)
        assert published_plan() == second
        assert Plan.objects.get(pk=first.pk).state == Plan.State.ARCHIVED

    def test_only_drafts_are_published(self) -> None:
        make_plant()
        plan = make_draft()
        assert publish(plan.pk)
        assert not publish(plan.pk)
        assert not publish(plan.pk + 1)

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE plans_plan SET name = 'x'",
            "UPDATE plans_plan SET objective = objective + 1",
            "UPDATE plans_plan SET state = 'draft', published_at = NULL",
            "DELETE FROM plans_placement",
            "UPDATE plans_placement SET setup_start = setup_start - interval '1 minute'",
            "UPDATE plans_placement SET machine_key = 'machine:0'",
            COPY_PLACEMENT,
            "UPDATE plans_snapshot SET problem = '{}'",
        ],
    )
    def test_what_was_published_does_not_change(self, change: str) -> None:
        make_plant()
        publish(make_draft().pk)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)

    def test_an_archived_plan_is_kept_for_good(self) -> None:
        make_plant()
        first, second = make_draft(), make_draft()
        publish(first.pk)
        publish(second.pk)
        for change in ("UPDATE plans_plan SET state = 'published'", "DELETE FROM plans_placement", "DELETE FROM plans_plan"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"{change} WHERE {'plan_id' if 'placement' in change else 'id'} = {first.pk}")

    def test_plant_rows_may_go_and_the_published_plan_stays(self) -> None:
        make_plant()
        plan = make_draft()
        publish(plan.pk)
        Operation.objects.all().delete()
        assert list(plan.placements.values_list("operation", flat=True)) == [None, None]

    def test_a_draft_can_be_changed_and_thrown_away(self) -> None:
        make_plant()
        plan = make_draft()
        Placement.objects.filter(plan=plan).update(machine_key="machine:0")
        plan.delete()
        assert Placement.objects.count() == 0

    @pytest.mark.parametrize(
        ("columns", "name"),
        [
            ({"state": "lost", "published_at": NOW}, "plan_state_known"),
            ({"state": "published"}, "plan_published_has_date"),
            ({"published_at": NOW}, "plan_published_has_date"),
        ],
    )
    def test_states_are_what_they_say(self, columns: dict[str, object], name: str) -> None:
        make_plant()
        plan = make_draft()
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Plan.objects.filter(pk=plan.pk).update(**columns)

    @pytest.mark.parametrize("phase", ["setup_start", "run_end"])
    def test_phases_follow_one_another(self, phase: str) -> None:
        make_plant()
        make_draft()
        moved = {"setup_start": NOW + timedelta(days=90), "run_end": NOW - timedelta(days=90)}[phase]
        with pytest.raises(IntegrityError, match="placement_phases_in_order"), transaction.atomic():
            Placement.objects.update(**{phase: moved})


@pytest.mark.django_db(transaction=True)
def test_two_drafts_saved_at_once_have_two_numbers() -> None:
    make_plant()
    question = frozen()
    assert question.problem is not None
    snapshot, answer = store(question), one_after_the_other(question.problem)
    measures = measure(question.problem, answer)

    def save(_: int) -> int:
        try:
            return save_draft(snapshot, answer, "", None, measures).number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(save, range(8))) == list(range(1, 9))
