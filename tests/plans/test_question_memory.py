"""The same question over an unchanged plant reads nothing; what changes the plant is noticed, whatever the order of commits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import count
from threading import Barrier, Event
from unittest.mock import patch

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from plans.models import KnownQuestion, PlantChange, Snapshot
from plans.publishing import publish
from plans.snapshot import Posed, Refused, freeze, pose
from plans.snapshot.memory import FREEZING
from plans.snapshot.watch import WATCHED
from plant.models import Operation, OperationMode, Order
from solver.problem import Objective, problem_hash
from tests.live_stack import wait_until
from tests.plans.making import NOW, OBJECTIVE, make_draft, make_machine, make_operation, make_order, make_plant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plant")]


@pytest.fixture
def plant() -> None:
    make_plant(orders=2)


@pytest.fixture
def freezes() -> Iterator[list[int]]:
    """Grows with every reading of the plant."""
    read: list[int] = []

    def counted(*arguments: object, **options: object) -> object:
        read.append(1)
        return freeze(*arguments, **options)  # type: ignore[arg-type] # passed on as they came

    with patch("plans.snapshot.memory.freeze", side_effect=counted):
        yield read


def ask() -> Posed:
    posed = pose(14, OBJECTIVE, NOW)
    assert isinstance(posed, Posed)
    return posed


def refused() -> list[str]:
    answer = pose(14, OBJECTIVE, NOW)
    assert isinstance(answer, Refused)
    return [fault.message for fault in answer.faults]


def truth() -> str:
    """What the question is, read anew."""
    problem = freeze(14, OBJECTIVE, NOW).problem
    assert problem is not None
    return problem_hash(problem)


def in_parallel() -> psycopg.Connection[tuple[object, ...]]:
    """A session of its own, whose transactions begin and end when the test says so."""
    settings = connection.get_connection_params()
    return psycopg.connect(
        **{name: settings[name] for name in ("dbname", "user", "password", "host", "port") if settings.get(name)}
    )


def test_the_second_time_nothing_is_read(freezes: list[int]) -> None:
    first = ask()
    with CaptureQueriesContext(connection) as queries:
        assert ask() == first
    assert len(queries) == 1
    assert len(freezes) == 1
    assert Snapshot.objects.get().pk == first.snapshot_id


def test_every_table_that_a_freeze_reads_is_watched(freezes: list[int]) -> None:
    ask()
    with CaptureQueriesContext(connection) as queries:
        freeze(14, OBJECTIVE, NOW)
    read = {table for query in queries for table in re.findall(r'(?:FROM|JOIN) "([a-z_]+)"', query["sql"])}
    assert read - {"plans_placement", "plans_plan"} <= set(WATCHED)
    assert set(WATCHED) <= {model._meta.db_table for model in apps.get_app_config("plant").get_models(include_auto_created=True)}


CHANGES: dict[str, Callable[[], object]] = {
    "insert": lambda: make_operation(make_order("new"), OperationMode.objects.earliest("pk").machine),
    "update": lambda: OperationMode.objects.filter(operation__number=10).update(run_minutes=61),
    "update by hand": lambda: raw("UPDATE plant_operationmode SET run_minutes = 62"),
    "delete": lambda: Operation.objects.filter(number=20).delete(),
    "another machine": lambda: make_machine(OperationMode.objects.earliest("pk").machine.cell, "M2"),
}


def raw(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(change: str, freezes: list[int]) -> None:
    before = ask()
    CHANGES[change]()
    after = ask()
    assert len(freezes) == 2
    assert after.digest != before.digest
    assert after.digest == truth()


def test_a_row_replaced_by_its_likeness_is_read_again(freezes: list[int]) -> None:
    ask()
    with transaction.atomic():
        order = Order.objects.create(number="x", product=Order.objects.earliest("pk").product, quantity=1, release=NOW, due=NOW)
        order.delete()
    ask()
    assert len(freezes) == 2


def test_a_change_that_was_taken_back_is_no_change(freezes: list[int]) -> None:
    ask()
    with transaction.atomic():
        OperationMode.objects.update(run_minutes=99)
        transaction.set_rollback(True)
    ask()
    assert len(freezes) == 1


@pytest.mark.parametrize("elder_commits", ["before", "after"])
def test_transactions_may_commit_in_any_order(elder_commits: str, freezes: list[int]) -> None:
    """Two rows of a younger and an older transaction replaced by two of one in between: sums and maxima would not show it."""
    pk = OperationMode.objects.earliest("pk").pk
    with closing(in_parallel()) as elder, closing(in_parallel()) as younger:
        elder.execute("SELECT pg_current_xact_id()")  # it has the smaller number
        younger.execute("UPDATE plant_operationmode SET run_minutes = 70 WHERE id = %s", [pk])
        if elder_commits == "after":
            younger.commit()
        between = ask()
        elder.execute("UPDATE plant_operationmode SET run_minutes = 80 WHERE id <> %s", [pk])
        assert ask() == between
        elder.commit()
        assert ask().digest == truth() != between.digest
        younger.commit()
        assert ask().digest == truth()
    assert len(freezes) == (2 if elder_commits == "after" else 3)  # one reading for every state that was asked about


def test_a_change_committed_while_the_plant_is_read_counts_as_news(freezes: list[int]) -> None:
    """It is not torn either: the reading sees the plant as it was when it began."""
    whole = truth()

    def edited_meanwhile(*arguments: object, **options: object) -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM plant_order")  # the reading has begun
        with closing(in_parallel()) as other:
            other.execute("UPDATE plant_operationmode SET run_minutes = 75")
            other.commit()
        return freeze(*arguments, **options)  # type: ignore[arg-type] # passed on as they came

    with patch("plans.snapshot.memory.freeze", side_effect=edited_meanwhile):
        assert ask().digest == whole
    assert ask().digest == truth() != whole


def test_publishing_a_plan_is_noticed(freezes: list[int]) -> None:
    plan = make_draft()
    before = ask()
    publish(plan.pk)
    assert ask().digest != before.digest
    assert len(freezes) == 2


def test_own_changes_inside_a_transaction_are_seen_and_nothing_is_remembered_of_them(freezes: list[int]) -> None:
    before = ask()
    with transaction.atomic():
        OperationMode.objects.update(run_minutes=90)
        inside = ask()
        transaction.set_rollback(True)
    assert inside.digest != before.digest
    assert ask() == before
    assert len(freezes) == 2


def test_another_question_is_read_for_itself(freezes: list[int]) -> None:
    ask()
    pose(7, OBJECTIVE, NOW)
    pose(14, Objective(makespan=1), NOW)
    pose(14, OBJECTIVE, NOW + timedelta(minutes=15))
    assert len(freezes) == 4


def test_faults_are_remembered_too_except_those_that_time_heals(freezes: list[int]) -> None:
    operation = Operation.objects.earliest("pk")
    operation.modes.all().delete()
    assert refused() == refused() != []
    assert len(freezes) == 1
    later = Operation.objects.latest("pk")
    later.actual_machine, later.actual_start = later.modes.get().machine, NOW + timedelta(minutes=5)
    later.save()
    refused()
    refused()
    assert len(freezes) == 3


def test_of_many_at_once_one_reads_and_the_others_wait(freezes: list[int]) -> None:
    start = Barrier(6)

    def together(_number: int) -> Posed:
        try:
            start.wait()
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(together, range(6)))
    assert len(answers) == 1
    assert len(freezes) == 1


def test_who_has_waited_long_enough_reads_for_himself(freezes: list[int]) -> None:
    held, let_go = Event(), Event()

    def hold() -> None:
        with closing(in_parallel()) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [FREEZING])
            held.set()
            let_go.wait()

    with ThreadPoolExecutor(1) as pool:
        holding: Future[None] = pool.submit(hold)
        held.wait()
        raw("SET lock_timeout = '50ms'")
        posed = ask()
        raw("SET lock_timeout = '5s'")
        let_go.set()
        holding.result()
    assert posed.digest == truth()
    assert not KnownQuestion.objects.exists()


def test_what_all_remembered_questions_have_seen_is_dropped(freezes: list[int]) -> None:
    """As soon as nobody on the whole server is in a transaction from before: other tests may be, in databases of their own."""
    minutes = count(65)

    def change_and_ask() -> int:
        OperationMode.objects.update(run_minutes=next(minutes))
        ask()
        return PlantChange.objects.count()

    change_and_ask()
    wait_until(lambda: change_and_ask() <= 1, "only the last change is left")
    OperationMode.objects.update(run_minutes=64)
    assert ask().digest == truth()


def test_a_snapshot_that_was_cleared_away_is_made_again(freezes: list[int]) -> None:
    first = ask()
    Snapshot.objects.all().delete()
    again = ask()
    assert (again.digest, again.snapshot_id != first.snapshot_id) == (first.digest, True)


def test_a_plant_may_take_longer_than_a_session_may_be_silent() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 100")

    def slowly(*arguments: object, **options: object) -> object:
        frozen = freeze(*arguments, **options)  # type: ignore[arg-type] # passed on as they came
        with closing(in_parallel()) as other:  # longer than that, by the clock of the server
            other.execute("SELECT pg_sleep(0.4)")
        return frozen

    with patch("plans.snapshot.memory.freeze", side_effect=slowly):
        assert ask().digest == truth()
    with connection.cursor() as cursor:
        cursor.execute("RESET idle_in_transaction_session_timeout")
