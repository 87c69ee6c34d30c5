"""Takes one guard of the product away, in this process: out of a statement, out of the database, or out of the code.

What is imported is so only when it is done: before Django is set up, the names of the guards are all that is known of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def edit(module: Any, name: str, old: str, new: str = "") -> None:
    """Take some words out of a statement; they have to be there."""
    statement = getattr(module, name)
    if old not in statement:
        raise LookupError(f"{name} does not say {old!r} any more.")
    setattr(module, name, statement.replace(old, new))


def without_fence(name: str) -> Callable[[], None]:
    def remove() -> None:
        from runs.leases import statements

        edit(statements, name, "AND attempt = %(attempt)s")

    return remove


def without_state(name: str) -> Callable[[], None]:
    def remove() -> None:
        from runs.leases import statements

        edit(statements, name, "AND state IN ('running', 'stopping')")

    return remove


def impatient(module: str, name: str) -> Callable[[], None]:
    def remove() -> None:
        from runs.leases import claiming, statements

        edit({"claiming": claiming, "statements": statements}[module], name, "SKIP LOCKED")

    return remove


def in_database(statement: str) -> Callable[[], None]:
    """Done to the database of the tests as soon as it has its tables."""

    def remove() -> None:
        from django.db import connection
        from django.db.models.signals import post_migrate

        def drop(**_signal: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute(statement)

        post_migrate.connect(drop, weak=False)

    return remove


def without_trigger(name: str, table: str) -> Callable[[], None]:
    return in_database(f"DROP TRIGGER IF EXISTS {name} ON {table}")


def without_constraint(name: str, table: str) -> Callable[[], None]:
    return in_database(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")


def without_index(name: str) -> Callable[[], None]:
    """A constraint that holds for some of the rows only."""
    return in_database(f"DROP INDEX IF EXISTS {name}")


def announce_early() -> None:
    """Before the commit."""
    from runs import broadcast
    from runs.leases import statements

    def tell(run_id: int, seq: int, **_about: object) -> None:
        broadcast.announce(run_id, seq)

    statements.tell = tell


def append_whatever_uid() -> None:
    from runs.leases import statements

    edit(statements, "APPEND", "AND NOT EXISTS (SELECT FROM runs_runevent WHERE run_id = %(run)s AND event_uid = %(uid)s)")


def cancelled_unasked() -> None:
    from runs.leases import statements

    edit(statements, "CANCELLED", "AND state = 'stopping' AND stop_kind = 'cancel'")


def no_sweep() -> None:
    from runs.hub import Hub

    async def nothing(_: Hub) -> None:
        """As if there were none."""

    vars_of: Any = Hub
    vars_of.sweep = nothing


def no_rows_of_old() -> None:
    """A room that does not notice that a member is further behind than it remembers."""
    from runs.rooms import Room

    real = Room.text_after
    room: Any = Room
    room.text_after = lambda self, seq: real(self, max(seq, self.base))


def no_second_telling() -> None:
    """A socket that does not listen to a client which has seen a gap."""
    from runs.consumers import RunSocket

    socket: Any = RunSocket
    socket._rewind = lambda _: False


def endless_patience() -> None:
    """A server that sends whatever the client does with it."""
    from runs.consumers import Underway

    underway: Any = Underway
    underway.is_too_much = False


def never_asked_again() -> None:
    from runs import audience

    module: Any = audience
    module.allowed = set


def early_reaping() -> None:
    """Right after PostgreSQL has come back."""
    from runs.leases import statements

    edit(statements, "REAP", "AND pg_postmaster_start_time() < statement_timestamp() - %(grace)s")


def claimed_whatever_the_wait() -> None:
    from runs.leases import claiming

    for name in ("CLAIM_NEXT", "CLAIM_NEXT_PATIENTLY", "CLAIM_THIS"):
        edit(claiming, name, "AND available_at <= statement_timestamp()")


def claimed_while_draining() -> None:
    from runs.leases import claiming

    for name in ("CLAIM_NEXT", "CLAIM_NEXT_PATIENTLY", "CLAIM_THIS"):
        edit(claiming, name, "AND NOT EXISTS (SELECT FROM runs_heartbeat WHERE process = %(worker)s AND draining)")


def claimed_whatever_the_state() -> None:
    from runs.leases import claiming

    for name in ("CLAIM_NEXT", "CLAIM_NEXT_PATIENTLY", "CLAIM_THIS"):
        edit(claiming, name, "state = 'queued' AND")


def deaf_to_draining() -> None:
    """Whoever claimed in the moment in which its worker began to shut down."""
    from runs.leases import statements

    for name in ("RENEW", "LOOK"):
        edit(statements, name, "drain OR EXISTS", "drain OR false AND EXISTS")


def without(name: str, old: str, new: str = "") -> Callable[[], None]:
    """Other words of a statement."""

    def remove() -> None:
        from runs.leases import statements

        edit(statements, name, old, new)

    return remove


def promoted_whatever_the_state() -> None:
    from runs.leases import asking

    edit(asking, "PROMOTE", "AND state = 'queued'")


def ended_whatever_was_shown() -> None:
    from runs.leases import statements

    edit(statements, "STOP", "AND (%(becomes)s::text IS NULL OR", "AND (true OR")


def never_hung() -> None:
    """Silence of a solver process is taken for work."""
    from solver.process.parent import SolverProcess

    process: Any = SolverProcess
    real = process._watch

    def watch(child: Any) -> None:
        child._hearing.heard_at = time.monotonic()
        real(child)

    process._watch = watch
