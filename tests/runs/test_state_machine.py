"""Whatever three workers, a user and the steward do in whatever order, with leases new and stale: the log stays whole."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, rule

from runs import leases
from runs.leases import Conclusion, Lease, Setback, Stale
from runs.models import FailureCode, Outcome, Run, State
from runs.models.run import ENDED, LEASED
from tests.runs.making import faults_of_the_log, improved, let_lease_run_out, let_wait_pass, make_run

OWNERS = st.sampled_from(["solve@one/t1", "solve@two/t2", "solve@three/t3"])
NO_GRACE = timedelta(0)


class Life(RuleBasedStateMachine):
    """`held` collects every lease that was ever given out; most of them are stale most of the time."""

    held: Bundle[Lease] = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()
        self.run = make_run()
        self.objective = 1000
        self.highest_attempt = 0
        self.end: dict[str, object] | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)

    def row(self) -> Run:
        return Run.objects.get(pk=self.run.pk)

    def as_holder(self, lease: Lease, write: Callable[[], object]) -> None:
        """Do it; it must be refused exactly when the lease is not the present one."""
        row = self.row()
        is_present = row.state in LEASED and row.attempt == lease.attempt
        try:
            write()
        except Stale:
            assert not is_present
        else:
            assert is_present

    @rule(target=held, owner=OWNERS)
    def claim(self, owner: str) -> Lease | MultipleResults[Lease]:
        lease = leases.claim(self.run.pk, owner, uuid.uuid4())
        if lease is None:
            return multiple()
        assert lease.attempt == self.highest_attempt + 1
        self.highest_attempt = lease.attempt
        return lease

    @rule(lease=held)
    def renew(self, lease: Lease) -> None:
        self.as_holder(lease, lambda: leases.renew(lease, 1.0))

    @rule(lease=held)
    def improve(self, lease: Lease) -> None:
        self.objective -= 1
        self.as_holder(lease, lambda: leases.append(lease, *improved(self.objective)))

    @rule(lease=held)
    def improve_and_keep(self, lease: Lease) -> None:
        self.objective -= 1

        def write() -> None:
            seq = leases.append(lease, *improved(self.objective))
            leases.keep(lease, leases.NewIncumbent(seq, self.objective, {"makespan": self.objective}, {}, b""))

        self.as_holder(lease, write)

    @rule(lease=held)
    def finish(self, lease: Lease) -> None:
        row = self.row()
        has_plan = row.best_objective is not None
        conclusion = Conclusion(Outcome.FEASIBLE if has_plan else Outcome.UNKNOWN, row.best_objective, row.measures)
        self.as_holder(lease, lambda: leases.finish(lease, conclusion, 2.0, uuid.uuid4()))

    @rule(lease=held)
    def crash(self, lease: Lease) -> None:
        setback = Setback(FailureCode.SOLVER_CRASHED, "", 2)
        self.as_holder(lease, lambda: leases.set_back(lease, setback, uuid.uuid4()))

    @rule(lease=held)
    def give_back(self, lease: Lease) -> None:
        self.as_holder(lease, lambda: leases.give_back(lease, 1.0, uuid.uuid4()))

    @rule(lease=held)
    def confirm_cancel(self, lease: Lease) -> None:
        if self.row().stop_kind == "cancel":
            self.as_holder(lease, lambda: leases.cancelled(lease, uuid.uuid4()))

    @rule()
    def stop(self) -> None:
        leases.stop(self.run.pk, None, "")

    @rule()
    def cancel(self) -> None:
        leases.cancel(self.run.pk, None, "")

    @rule()
    def lease_runs_out(self) -> None:
        if self.row().state in LEASED:
            let_lease_run_out(self.run)
        leases.reap(NO_GRACE)

    @rule(lease=held)
    def child_dies(self, lease: Lease) -> None:
        leases.lost(lease.run_id, lease.owner.partition("/")[2])
        leases.reap(timedelta(days=1))

    @rule()
    def worker_shuts_down(self) -> None:
        leases.drain("solve@one")

    @rule()
    def time_passes(self) -> None:
        let_wait_pass(self.run)
        leases.due_rings(broker_lost=True, queue_empty=True)

    @invariant()
    def log_is_whole(self) -> None:
        assert faults_of_the_log() == []

    @invariant()
    def end_is_final(self) -> None:
        columns = [field.attname for field in Run._meta.concrete_fields if field.name != "available_at"]
        row: dict[str, object] = dict(Run.objects.filter(pk=self.run.pk).values(*columns).get())
        if self.end is not None:
            assert row == self.end
        elif row["state"] in ENDED:
            self.end = row

    @invariant()
    def budget_is_kept(self) -> None:
        row = self.row()
        assert row.attempt == self.highest_attempt
        assert row.failures <= row.max_failures
        assert row.failures < row.max_failures or row.state in {State.FAILED, State.CANCELLED}


@pytest.mark.django_db
def test_any_order_of_things_leaves_a_whole_log() -> None:
    Life.TestCase.settings = settings(
        max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    Life.TestCase("runTest").debug()
