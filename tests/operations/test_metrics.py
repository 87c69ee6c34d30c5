"""What Prometheus reads, read by its own parser."""

from __future__ import annotations

import time
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from runs import liveness
from runs.health.servers import Broker
from runs.liveness import Report
from runs.metrics import exposition
from runs.models import FailureCode, Outcome, Run, State
from runs.models.breaker import Breaker
from runs.models.heartbeat import ProcessKind
from tests.operations.ended import make_ended
from tests.runs.making import claimed, make_run, make_snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("look_here")]

MANY = 10_000
SCRAPE_SECONDS = 1.0  # on a machine that does other things besides; the figure in the documents is of a quiet one


def samples() -> list[Sample]:
    return [sample for family in text_string_to_metric_families(exposition().decode()) for sample in family.samples]


def value(name: str, **labels: str) -> float:
    (found,) = [sample.value for sample in samples() if sample.name == name and labels.items() <= sample.labels.items()]
    return found


def test_each_family_is_once_there_with_help_and_a_name_of_ours() -> None:
    families = list(text_string_to_metric_families(exposition().decode()))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    assert all(family.documentation for family in families)
    assert all(name.startswith(("taktline_", "process_")) for name in names)
    assert all(family.name.endswith(("_seconds", "_ratio")) for family in families if family.type == "histogram")
    assert {family.type for family in families} == {"counter", "gauge", "histogram"}


def test_runs_are_counted_from_their_rows() -> None:
    make_run()
    claimed(make_run())
    make_ended(outcome=Outcome.INFEASIBLE)
    make_ended(outcome=Outcome.INFEASIBLE, ago_seconds=1e6)
    make_ended(State.FAILED, failure_code=FailureCode.OUT_OF_MEMORY)
    assert value("taktline_runs_active", state="queued") == 1
    assert value("taktline_runs_active", state="running") == 1
    assert value("taktline_runs_total", state="finished", outcome="infeasible") == 2
    assert value("taktline_runs_total", state="failed", failure_code="out_of_memory") == 1
    assert value("taktline_queue_waiting_runs", queue="solve") == 1


def test_the_limits_of_health_are_ends_of_buckets() -> None:
    for seconds in (479, 480, 500, 575, 4000):
        make_ended(solve_seconds=seconds, wait_seconds=3)
    name = "taktline_run_solve_seconds_bucket"
    counts = [value(name, queue="solve", le=end) for end in ("300.0", "480.0", "570.0", "600.0", "3600.0", "+Inf")]
    assert counts == [0, 2, 3, 4, 4, 5]
    assert value("taktline_run_solve_seconds_count", queue="solve") == 5
    assert value("taktline_run_solve_seconds_sum", queue="solve") == pytest.approx(6034, abs=1)
    assert value("taktline_run_wait_seconds_bucket", queue="solve", le="5.0") == 5


def test_the_gap_of_what_was_found() -> None:
    for best, bound in ((100, 100), (100, 98), (100, 10), (0, 0)):
        make_ended(outcome=Outcome.FEASIBLE, best_objective=best, best_bound=bound, measures={})
    counts = [value("taktline_run_gap_ratio_bucket", le=end) for end in ("0.0", "0.02", "0.5", "1.0")]
    assert counts == [2, 3, 3, 4]


def test_a_run_without_a_plan_has_no_gap() -> None:
    make_ended(outcome=Outcome.FEASIBLE, best_objective=100, best_bound=50, measures={})
    make_ended(State.FAILED, failure_code=FailureCode.OUT_OF_MEMORY)
    make_ended(State.CANCELLED, best_bound=50)
    make_ended(State.CANCELLED, best_objective=100, measures={})
    assert value("taktline_run_gap_ratio_count", queue="solve") == 1
    assert value("taktline_run_gap_ratio_bucket", le="0.0") == 0


def test_messages_tell_their_age() -> None:
    with patch("runs.metrics.look_at_broker", return_value=Broker("9", 1.0, {"low": 2, "default": 0}, {"low": 77.0})):
        assert value("taktline_queue_messages", queue="low") == 2
        assert value("taktline_queue_oldest_message_seconds", queue="low") == 77
        assert value("taktline_queue_oldest_message_seconds", queue="default") == 0


def test_processes_tell_their_memory_and_their_sockets() -> None:
    liveness.seen("web@here/2", ProcessKind.WEB, Report(sockets=7))
    doing: list[liveness.Doing] = [{"task": "runs.solve_run", "since": "2030-01-01T00:00:00+00:00"}]
    liveness.seen("solve@here", ProcessKind.SOLVE, Report(slots=2, queues=("solve",), doing=doing))
    assert value("taktline_websockets_open", process="web@here/2") == 7
    assert (value("taktline_worker_slots", process="solve@here"), value("taktline_worker_busy", process="solve@here")) == (2, 1)
    assert value("taktline_process_memory_bytes", kind="solve") > 10 * 2**20


@pytest.mark.usefixtures("all_at_work")
def test_clocks_circuit_and_checks() -> None:
    assert value("taktline_steward_seen_timestamp_seconds") == pytest.approx(time.time(), abs=60)
    assert value("taktline_schedule_clock_timestamp_seconds") == pytest.approx(time.time(), abs=60)
    assert value("taktline_circuit_state", state="closed") == 1
    assert value("taktline_health_status", check="workers.solve") == 0
    Breaker.objects.create(state="open", retry_at="2030-01-01T00:00:00Z")
    assert [value("taktline_circuit_state", state=state) for state in ("closed", "open", "trial")] == [0, 1, 0]


def test_without_the_database_the_health_is_told_all_the_same() -> None:
    with patch("runs.figures.connection.cursor", side_effect=OperationalError("gone")):
        names = {sample.name for sample in samples()}
        assert value("taktline_health_status", check="runs") == 2
    assert "taktline_runs_total" not in names
    assert "taktline_queue_messages" in names


def test_many_runs_are_scraped_as_fast_as_few() -> None:
    """Made by one statement: what is read is their columns."""
    pattern = make_ended(outcome=Outcome.FEASIBLE, best_objective=10, best_bound=9, measures={}, snapshot=make_snapshot())
    columns = {str(field.column) for field in Run._meta.fields} - {"id", "idempotency_key"}
    listed = ", ".join(sorted(columns))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO runs_run ({listed}, idempotency_key) SELECT {listed}, 'many ' || n"  # noqa: S608 - our own columns
            " FROM runs_run, generate_series(2, %s) AS n WHERE id = %s",
            [MANY, pattern.pk],
        )
        cursor.execute("ANALYZE runs_run")
    took = []
    for _ in range(5):
        began = time.perf_counter()
        exposition()
        took.append(time.perf_counter() - began)
    print(f"a scrape over {MANY} runs: {1000 * min(took):.0f} ms, {len(exposition())} bytes")
    assert value("taktline_runs_total") == MANY
    assert min(took) < SCRAPE_SECONDS
