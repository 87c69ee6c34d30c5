"""Takes the guards of the product away, one at a time, and sees that some test notices: `python -m tests.faults.mutants [NAME…]`.

Each guard is taken away in a pytest of its own (this module is its plugin, the environment variable MUTANT names the guard) that
runs only the tests which are said to notice. They have to pass with nothing taken away, and one has to fail without the guard.
A test that notices nothing any more, or a guard whose words have changed, fails here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from scheduler_site.env import REPOSITORY

VARIABLE = "MUTANT"
SIDE_BY_SIDE = 2

LEASES = "tests/runs/test_leases.py"
ZOMBIE = f"{LEASES}::test_a_zombie_writes_nothing"
STALE_CANCEL = f"{LEASES}::test_a_zombie_does_not_confirm_a_cancellation_that_its_successor_was_asked_for"
ZOMBIE_NOTE = f"{LEASES}::test_a_zombie_notes_nothing"
OVERDUE = "tests/runs/test_care.py::test_an_attempt_beyond_its_time_is_found_and_one_that_does_not_stop_loses_the_run"
GUARDS_TEST = "tests/runs/test_guards.py"
HINTS = "tests/feed/test_lost_hints.py"


@dataclass(frozen=True, slots=True)
class Guard:
    """What is taken away, by what, and the tests that notice."""

    remove: Callable[[], None]
    noticed_by: Sequence[str]


def _edit(module: Any, name: str, old: str, new: str = "") -> None:
    """Take some words out of a statement; they have to be there."""
    statement = getattr(module, name)
    if old not in statement:
        raise LookupError(f"{name} does not say {old!r} any more.")
    setattr(module, name, statement.replace(old, new))


def _without_fence(name: str) -> Callable[[], None]:
    def remove() -> None:
        from runs.leases import statements

        _edit(statements, name, "AND attempt = %(attempt)s")

    return remove


def _without_state(name: str) -> Callable[[], None]:
    def remove() -> None:
        from runs.leases import statements

        _edit(statements, name, "AND state IN ('running', 'stopping')")

    return remove


def _impatient(module: str, name: str) -> Callable[[], None]:
    def remove() -> None:
        from runs.leases import claiming, statements

        _edit({"claiming": claiming, "statements": statements}[module], name, "SKIP LOCKED")

    return remove


def _without_trigger(name: str, table: str) -> Callable[[], None]:
    def remove() -> None:
        from django.db import connection
        from django.db.models.signals import post_migrate

        def drop(**_signal: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")

        post_migrate.connect(drop, weak=False)

    return remove


def _announce_early() -> None:
    """Before the commit."""
    from runs import broadcast
    from runs.leases import statements

    statements.tell = lambda run_id, seq: broadcast.announce(run_id, seq)  # noqa: PLW0108 - looked up when it is called


def _append_whatever_uid() -> None:
    from runs.leases import statements

    _edit(statements, "APPEND", "AND NOT EXISTS (SELECT FROM runs_runevent WHERE run_id = %(run)s AND event_uid = %(uid)s)")


def _cancelled_unasked() -> None:
    from runs.leases import statements

    _edit(statements, "CANCELLED", "AND state = 'stopping' AND stop_kind = 'cancel'")


def _no_sweep() -> None:
    from runs.hub import Hub

    async def nothing(_: Hub) -> None:
        """As if there were none."""

    vars_of: Any = Hub
    vars_of.sweep = nothing


def _no_rows_of_old() -> None:
    """A room that does not notice that a member is further behind than it remembers."""
    from runs.rooms import Room

    real = Room.text_after
    room: Any = Room
    room.text_after = lambda self, seq: real(self, max(seq, self.base))


def _no_second_telling() -> None:
    """A socket that does not listen to a client which has seen a gap."""
    from runs.consumers import RunSocket

    socket: Any = RunSocket
    socket._rewind = lambda _: False


def _endless_patience() -> None:
    """A server that sends whatever the client does with it."""
    from runs.consumers import Underway

    underway: Any = Underway
    underway.is_too_much = False


def _never_asked_again() -> None:
    from runs import audience

    module: Any = audience
    module.allowed = set


def _early_reaping() -> None:
    """Right after PostgreSQL has come back."""
    from runs.leases import statements

    _edit(statements, "REAP", "AND pg_postmaster_start_time() < statement_timestamp() - %(grace)s")


def _claimed_whatever_the_wait() -> None:
    from runs.leases import claiming

    for name in ("CLAIM_NEXT", "CLAIM_NEXT_PATIENTLY", "CLAIM_THIS"):
        _edit(claiming, name, "AND available_at <= statement_timestamp()")


def _claimed_while_draining() -> None:
    from runs.leases import claiming

    for name in ("CLAIM_NEXT", "CLAIM_NEXT_PATIENTLY", "CLAIM_THIS"):
        _edit(claiming, name, "AND NOT EXISTS (SELECT FROM runs_heartbeat WHERE process = %(worker)s AND draining)")


def _without(name: str, old: str, new: str = "") -> Callable[[], None]:
    """Other words of a statement."""

    def remove() -> None:
        from runs.leases import statements

        _edit(statements, name, old, new)

    return remove


def _promoted_whatever_the_state() -> None:
    from runs.leases import asking

    _edit(asking, "PROMOTE", "AND state = 'queued'")


def _ended_whatever_was_shown() -> None:
    from runs.leases import statements

    _edit(statements, "STOP", "AND (%(becomes)s::text IS NULL OR", "AND (true OR")


FENCED = ("RENEW", "LOOK", "APPEND", "KEEP", "FINISH", "CANCELLED", "SET_BACK", "GIVE_BACK")

GUARDS: Mapping[str, Guard] = {
    **{f"attempt fence of {name}": Guard(_without_fence(name), [ZOMBIE, STALE_CANCEL]) for name in FENCED},
    **{
        f"state fence of {name}": Guard(_without_state(name), [f"{LEASES}::test_nobody_writes_to_a_run_that_has_ended"])
        for name in FENCED
        if name != "CANCELLED"  # which names the state that it wants
    },
    "attempt fence of NOTE": Guard(_without("NOTE", "AND number = %(attempt)s"), [ZOMBIE_NOTE]),
    "end fence of NOTE": Guard(_without("NOTE", "AND ended_at IS NULL"), [ZOMBIE_NOTE]),
    "cancelled only when asked": Guard(_cancelled_unasked, [f"{LEASES}::test_what_nobody_cancelled_is_not_cancelled"]),
    "promoted only while it waits": Guard(
        _promoted_whatever_the_state, ["tests/runs/test_urgency.py::test_a_run_that_has_begun_is_as_urgent_as_it_was"]
    ),
    "ended only as it was shown": Guard(
        _ended_whatever_was_shown, ["tests/runs/test_bulk.py::test_what_becomes_another_run_than_was_shown_is_left_alone"]
    ),
    "SKIP LOCKED of claim": Guard(_impatient("claiming", "CLAIM_NEXT"), ["tests/faults/test_locks.py"]),
    "SKIP LOCKED of reap": Guard(_impatient("statements", "REAP"), ["tests/faults/test_locks.py"]),
    "SKIP LOCKED of ringing": Guard(_impatient("statements", "DUE_RINGS"), ["tests/faults/test_locks.py"]),
    "SKIP LOCKED of expiring": Guard(_impatient("statements", "EXPIRE"), ["tests/faults/test_locks.py"]),
    "announcement after the commit": Guard(_announce_early, ["tests/faults/test_locks.py"]),
    "event_uid of append": Guard(_append_whatever_uid, [f"{LEASES}::test_a_repeated_append_is_noticed"]),
    "trigger: the end is final": Guard(_without_trigger("runs_guard_run", "runs_run"), [GUARDS_TEST]),
    "trigger: events are kept": Guard(_without_trigger("runs_keep_events", "runs_runevent"), [GUARDS_TEST]),
    "trigger: incumbents are kept": Guard(_without_trigger("runs_keep_incumbents", "runs_incumbent"), [GUARDS_TEST]),
    "trigger: runs are kept": Guard(_without_trigger("runs_keep_runs", "runs_run"), [GUARDS_TEST]),
    "trigger: no event but what its run has counted": Guard(_without_trigger("runs_guard_event", "runs_runevent"), [GUARDS_TEST]),
    "trigger: attempts are over when they are over": Guard(_without_trigger("runs_guard_attempt", "runs_attempt"), [GUARDS_TEST]),
    "trigger: attempts are kept": Guard(_without_trigger("runs_keep_attempts", "runs_attempt"), [GUARDS_TEST]),
    "overdue: attempts beyond their time": Guard(
        _without("OVERDUE", "state = 'running' AND deadline_at < statement_timestamp()", "false"), [OVERDUE]
    ),
    "overdue: no attempt within its time": Guard(
        _without("OVERDUE", "state = 'running' AND deadline_at < statement_timestamp()", "state = 'running'"), [OVERDUE]
    ),
    "taking away from those that do not stop": Guard(_without("TAKE_AWAY", "WHERE", "WHERE false AND"), [OVERDUE]),
    "patience with those that are to stop": Guard(
        _without("TAKE_AWAY", "AND greatest(stop_requested_at, claimed_at) < statement_timestamp() - %(patience)s"), [OVERDUE]
    ),
    "grace of reaping after a start": Guard(_early_reaping, ["tests/runs/test_care.py"]),
    "wait before another attempt": Guard(_claimed_whatever_the_wait, [LEASES]),
    "no claim for a worker that ends": Guard(
        _claimed_while_draining, [f"{LEASES}::test_a_worker_that_shuts_down_claims_nothing"]
    ),
    "sweep": Guard(_no_sweep, [f"{HINTS}::test_without_hints_the_sweep_tells_events_and_frames"]),
    "gap: who is further behind than the room": Guard(
        _no_rows_of_old, ["tests/feed/test_watching.py::test_a_long_run_is_told_in_pages"]
    ),
    "gap: what a client asks for again": Guard(
        _no_second_telling, ["tests/feed/test_watching.py::test_a_gap_is_filled_on_request"]
    ),
    "limit of what is on its way": Guard(_endless_patience, ["tests/feed/test_slow_readers.py"]),
    "permission asked again": Guard(_never_asked_again, ["tests/feed/test_admission.py"]),
}


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """In the pytest of one mutant: take its guard away, once Django is there."""
    name = os.environ.get(VARIABLE)
    if name:
        GUARDS[name].remove()


def run_tests(name: str, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests without a guard ("" for none missing); pytest's exit code and the names of the tests that failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "tests.faults.mutants", *tests]
    # A session of its own, also when this one is a part of another.
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")} | {VARIABLE: name}
    done = subprocess.run(command, cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False)
    failed = re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", done.stdout, re.MULTILINE)
    return done.returncode, ", ".join(dict.fromkeys(failed)) or done.stdout[-500:]


def assert_sound(names: Sequence[str]) -> None:
    """With every guard in place, the tests that would notice pass. Raises AssertionError."""
    tests = sorted({test for name in names for test in GUARDS[name].noticed_by})
    code, failed = run_tests("", tests)
    if code:
        raise AssertionError(f"with every guard in place: {failed}")


def survivors(names: Sequence[str]) -> list[str]:
    """Take each guard away; those that nobody misses. Prints the table."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        results = list(pool.map(lambda name: run_tests(name, GUARDS[name].noticed_by), names))
    width = max(map(len, names))
    for name, (code, failed) in zip(names, results, strict=True):
        print(f"| {name:<{width}} | {failed if code == 1 else 'NOBODY'} |")
    return [name for name, (code, _) in zip(names, results, strict=True) if code != 1]


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(GUARDS)
    assert_sound(chosen)
    left = survivors(chosen)
    sys.exit(f"Not missed: {', '.join(left)}" if left else None)
