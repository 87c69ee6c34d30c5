"""A dump that is taken while runs are under way is a whole one: restored, they are found and carried on."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace

import pytest

from runs.invariants import violations
from scheduler_site import embedded
from scheduler_site.drill.desk import Desk
from tests.faults.checking import wait_for_end, wait_for_plan
from tests.faults.table import Tally
from tests.live_stack import LiveStack

# The restored site has no workers yet: what is run there is run here, in one process.
CARRY_ON = """
from datetime import timedelta
from runs import leases
from runs.execution import execute
from runs.models import Run
Run.objects.filter(lease_until__isnull=False).update(lease_until="1970-01-01T00:00:00Z")
print(leases.reap(grace=timedelta(0)))
Run.objects.filter(state="queued").update(available_at="1970-01-01T00:00:00Z", limit_seconds=2)
while Run.objects.filter(state="queued").exists():
    execute(Run.objects.filter(state="queued").latest("pk").pk, "solve@restored/1")
"""


def program(name: str) -> str:
    """One of PostgreSQL's own tools, of the version that runs."""
    return str(embedded._postgres_programs() / name)


@pytest.mark.fault("F25", "backup_and_restore")
def test_a_backup_taken_while_runs_are_under_way_is_whole(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for number in tally.count(quick=1, full=3):
        running = desk.submit(120)
        wait_for_plan(stack, running)
        waiting = [desk.submit(120) for _ in range(5 if tally.is_full else 1)]  # five are more than there are slots
        dump = stack.folder / f"backup-{number}.dump"
        subprocess.run([program("pg_dump"), "--format=custom", f"--file={dump}", stack.database_url], check=True)
        tally.begin()
        began = time.monotonic()
        restored = f"{stack.database_url.removesuffix('/taktline')}/restored_{number}"
        stack.sql(f"CREATE DATABASE restored_{number}")
        subprocess.run([program("pg_restore"), "--exit-on-error", "--no-owner", f"--dbname={restored}", str(dump)], check=True)
        copy = replace(stack, database_url=restored, variables=stack.variables | {"DATABASE_URL": restored})
        assert violations(copy.sql) == []
        ((before,),) = copy.sql("SELECT last_seq FROM runs_run WHERE id = %s", running)
        copy.manage("shell", "--command", CARRY_ON)
        ((state, attempt, after),) = copy.sql("SELECT state, attempt, last_seq FROM runs_run WHERE id = %s", running)
        assert (state, attempt) == ("finished", 2)
        assert after > before
        tally.violations += violations(copy.sql)
        tally.recovered(time.monotonic() - began)
        for run in (running, *waiting):
            desk.cancel(run)
        wait_for_end(stack, [running, *waiting])
        stack.sql(f"DROP DATABASE restored_{number}")
    tally.assert_recovered()
