"""What an update leaves of the old version's ways, and the way back."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor

from runs import leases
from runs.models import Priority, Run
from tests.runs.making import kinds, make_run, make_snapshot
from tests.runs.test_guards import finished_run

DEFAULTS = """
SELECT column_name, column_default FROM information_schema.columns WHERE column_name IN ('by_itself', 'gap_percent', 'in_turn')
ORDER BY column_name"""


@pytest.mark.django_db
def test_processes_of_before_may_write_rows_without_the_new_columns() -> None:
    with connection.cursor() as cursor:
        cursor.execute(DEFAULTS)
        defaults = dict(cursor.fetchall())
    assert (defaults["by_itself"], defaults["in_turn"], float(defaults["gap_percent"].partition(":")[0].strip("('"))) == (
        "false",
        "false",
        0.0,
    )


@pytest.mark.django_db(transaction=True)
def test_runs_of_before_whose_objective_has_tiers_are_known_even_when_they_have_ended() -> None:
    tiers = [["setup"], ["makespan"]]
    objectives = [{"setup": 1, "makespan": 1, "tiers": tiers}, {"setup": 1, "tiers": []}, {"setup": 1}]
    runs = [finished_run(snapshot=make_snapshot({"objective": objective})) for objective in objectives]
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate([("runs", "0014_tiers")])
    finally:
        MigrationExecutor(connection).migrate(newest)
    assert [Run.objects.get(pk=run.pk).in_turn for run in runs] == [True, False, False]
    with pytest.raises(IntegrityError, match="has ended"):
        Run.objects.update(in_turn=False)


@pytest.mark.django_db(transaction=True)
def test_the_way_back_keeps_the_events_of_runs_that_were_promoted() -> None:
    run = make_run(priority=Priority.LOW)
    assert leases.promote(run.pk, Priority.URGENT, None, "")
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate([("runs", "0011_operate")])
    finally:
        MigrationExecutor(connection).migrate(newest)
    assert kinds(run) == ["queued", "promoted"]
    assert leases.promote(make_run(priority=Priority.LOW).pk, Priority.URGENT, None, "")
