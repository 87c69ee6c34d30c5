"""Whatever workers, people and the steward do in whatever order, with leases new and stale: each row keeps its promises."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from runs import leases
from runs.invariants import violations
from runs.leases import Conclusion, Lease, NewIncumbent, Setback, Stale
from runs.models import FailureCode, Outcome, Run, RunEvent, State
from runs.models.run import ENDED, LEASED, Priority
from tests.faults.table import Tally
from tests.runs.making import improved, let_lease_run_out, let_wait_pass, make_run

WORKERS = st.sampled_from(["solve@one", "solve@two", "solve@three"])
PRIORITIES = st.sampled_from(Priority.values)
SETBACKS = st.sampled_from([FailureCode.SOLVER_CRASHED, FailureCode.OUT_OF_MEMORY, FailureCode.WORKER_LOST, FailureCode.INTERNAL])
NO_GRACE = timedelta(0)
MOST_RUNS = 4
EXAMPLES_BETWEEN_VACUUMS = 50

# It is asked after every step: one statement, and none that has to be put together first.
ROWS = """
SELECT id, state, attempt, failures, max_failures, last_seq,
    (SELECT array_agg(seq ORDER BY seq) FROM runs_runevent WHERE run_id = run.id), run::text
FROM runs_run run"""


class Life(RuleBasedStateMachine):
    """`held` collects every lease that was ever given out; most of them are stale most of the time."""

    held: Bundle[Lease] = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()
        self.runs = [make_run(max_failures=2)]
        self.messages = 0
        self.objective = 100_000
        self.attempts: dict[int, int] = {}
        self.ends: dict[int, str] = {}

    def end(self) -> list[str]:
        """Undo everything; the rules that were broken until then."""
        found = violations()
        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)
        return found

    def row(self, run_id: int) -> Run:
        return Run.objects.get(pk=run_id)

    def as_holder(self, lease: Lease, write: Callable[[], object]) -> None:
        """Do it; it must be refused exactly when the lease is not the present one, and then have written nothing."""
        row = self.row(lease.run_id)
        is_present = row.state in LEASED and row.attempt == lease.attempt
        try:
            write()
        except Stale:
            assert not is_present
            assert self.row(lease.run_id).last_seq == row.last_seq
        else:
            assert is_present

    @precondition(lambda self: len(self.runs) < MOST_RUNS)
    @rule(priority=PRIORITIES)
    def submit(self, priority: int) -> None:
        self.runs.append(make_run(priority=priority, max_failures=2))

    @rule(target=held, worker=WORKERS)
    def claim(self, worker: str) -> Lease | MultipleResults[Lease]:
        """A message, whose claim is repeated because its answer was lost. The most urgent run is had, or none."""
        waiting = Run.objects.filter(state=State.QUEUED).order_by("-priority", "available_at", "id")
        urgent = [run.pk for run in waiting if run.available_at <= timezone.now()]
        self.messages += 1
        owner, uid = f"{worker}/{self.messages}", uuid.uuid4()
        lease = leases.claim(owner, uid)
        assert leases.claim(owner, uid) == lease
        assert (lease.run_id if lease else None) == (urgent[0] if urgent else None)
        if lease is None:
            return multiple()
        assert lease.attempt == self.attempts.get(lease.run_id, 0) + 1
        self.attempts[lease.run_id] = lease.attempt
        return lease

    @rule(lease=held)
    def renew(self, lease: Lease) -> None:
        self.as_holder(lease, lambda: leases.renew(lease, 1.0))

    @rule(lease=held)
    def look(self, lease: Lease) -> None:
        self.as_holder(lease, lambda: leases.look(lease))

    @rule(lease=held)
    def append_twice(self, lease: Lease) -> None:
        """The second time because the answer of the first was lost."""
        self.objective -= 1
        events, progress = improved(self.objective)

        def write() -> None:
            first = leases.append(lease, events, progress)
            assert leases.append(lease, events, progress) == first
            assert RunEvent.objects.filter(run=lease.run_id, event_uid=events[0].uid).count() == 1

        self.as_holder(lease, write)

    @rule(lease=held)
    def append_and_keep(self, lease: Lease) -> None:
        self.objective -= 1

        def write() -> None:
            seq = leases.append(lease, *improved(self.objective))
            leases.keep(lease, NewIncumbent(seq, self.objective, {"makespan": self.objective}, {}, b""))

        self.as_holder(lease, write)

    @rule(lease=held)
    def finish(self, lease: Lease) -> None:
        row = self.row(lease.run_id)
        conclusion = Conclusion(Outcome.UNKNOWN)
        if row.incumbent_seq is not None:
            conclusion = Conclusion(Outcome.FEASIBLE, row.best_objective, row.measures)
        self.as_holder(lease, lambda: leases.finish(lease, conclusion, 2.0, uuid.uuid4()))

    @rule(lease=held, code=SETBACKS)
    def set_back(self, lease: Lease, code: FailureCode) -> None:
        self.as_holder(lease, lambda: leases.set_back(lease, Setback(code), uuid.uuid4()))

    @rule(lease=held)
    def give_back(self, lease: Lease) -> None:
        self.as_holder(lease, lambda: leases.give_back(lease, 1.0, uuid.uuid4()))

    @rule(lease=held)
    def confirm_cancel(self, lease: Lease) -> None:
        """A worker confirms only what was asked of it."""
        row = self.row(lease.run_id)
        if row.stop_kind == "cancel" or row.state not in LEASED:
            self.as_holder(lease, lambda: leases.cancelled(lease, uuid.uuid4()))

    @rule(place=st.integers(0, MOST_RUNS - 1))
    def stop(self, place: int) -> None:
        leases.stop(self.runs[place % len(self.runs)].pk, None, "")

    @rule(place=st.integers(0, MOST_RUNS - 1))
    def cancel(self, place: int) -> None:
        leases.cancel(self.runs[place % len(self.runs)].pk, None, "")

    @rule(place=st.integers(0, MOST_RUNS - 1), priority=PRIORITIES)
    def promote(self, place: int, priority: int) -> None:
        """Only what waits goes before others, and nothing ever goes back."""
        row = self.row(self.runs[place % len(self.runs)].pk)
        promoted = leases.promote(row.pk, Priority(priority), None, "")
        assert promoted == (row.state == State.QUEUED and row.priority < priority)
        assert self.row(row.pk).priority == (priority if promoted else row.priority)

    @rule(lease=held)
    def lease_runs_out(self, lease: Lease) -> None:
        run = self.row(lease.run_id)
        if run.state in LEASED:
            let_lease_run_out(run)
        leases.reap(NO_GRACE)

    @rule(lease=held)
    def child_dies(self, lease: Lease) -> None:
        leases.lost(lease.owner.partition("/")[2])
        leases.reap(timedelta(days=1))

    @rule()
    def nobody_is_dead(self) -> None:
        assert leases.reap(NO_GRACE) == []

    @rule(worker=WORKERS)
    def worker_shuts_down(self, worker: str) -> None:
        leases.drain(worker)

    @rule(place=st.integers(0, MOST_RUNS - 1))
    def time_passes(self, place: int) -> None:
        let_wait_pass(self.runs[place % len(self.runs)])
        leases.due_rings(broker_lost=True, queue_empty=True)

    @rule(place=st.integers(0, MOST_RUNS - 1))
    def much_time_passes(self, place: int) -> None:
        """Whoever was begun, has no plan and finds no worker is given up."""
        run = self.runs[place % len(self.runs)]
        Run.objects.filter(pk=run.pk, state=State.QUEUED, attempt__gt=0).update(deadline_at=timezone.now() - timedelta(days=1))
        leases.expire()

    @invariant()
    def rows_keep_their_promises(self) -> None:
        """Ends are final, the log is whole, and the budget is kept."""
        with connection.cursor() as cursor:
            cursor.execute(ROWS)
            rows = cursor.fetchall()
        for run_id, state, attempt, failures, max_failures, last_seq, seqs, row in rows:
            assert seqs == list(range(1, last_seq + 1))
            assert attempt == self.attempts.get(run_id, 0)
            assert failures < max_failures or state in {State.FAILED, State.CANCELLED}
            assert self.ends.get(run_id, row) == row
            if state in ENDED:
                self.ends[run_id] = row


def counted(tally: Tally) -> type[Life]:
    """The machine whose every example is a try."""

    class Counted(Life):
        def __init__(self) -> None:
            if tally.tries % EXAMPLES_BETWEEN_VACUUMS == 0:
                vacuum()
            tally.begin()
            self.began_at = time.monotonic()
            super().__init__()

        def teardown(self) -> None:
            found = self.end()
            if found:
                tally.violations[:] = found  # of the smallest example that breaks them: Hypothesis tries it last
            assert found == []
            tally.recovered(time.monotonic() - self.began_at)

    return Counted


def vacuum() -> None:
    """What was rolled back stays in the tables until somebody clears it away, and slows every statement down."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM runs_run, runs_runevent, runs_incumbent, runs_attempt, plans_snapshot")


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("F21", "any_order_of_statements")
def test_any_order_of_things_leaves_whole_rows(tally: Tally) -> None:
    examples, steps = (2000, 50) if tally.is_full else (20, 40)
    profile = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    run_machine(counted(tally), settings=profile)
    tally.assert_recovered()
