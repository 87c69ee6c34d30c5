"""Which errors of PostgreSQL say that it is away, and which are faults of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
from django.conf import settings
from django.db import DataError, InternalError, OperationalError, connection, transaction

from plant.models import Site
from tests.read_only import takes_no_writes

pytestmark = pytest.mark.django_db(transaction=True)


def write() -> None:
    Site.objects.update_or_create(pk=1, defaults={"name": "Nordhag"})


def test_a_database_that_takes_no_writes_is_away_until_it_does() -> None:
    with takes_no_writes():
        for _ in range(2):
            with pytest.raises(OperationalError, match="read-only transaction"):
                write()
        assert not Site.objects.exists()
    write()


def test_a_session_that_takes_no_writes_is_not_used_again() -> None:
    """Whatever made it so may have passed long ago."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    with pytest.raises(OperationalError, match="read-only transaction"):
        write()
    write()


@pytest.fixture
def other_session() -> Iterator[psycopg.Connection]:
    with psycopg.connect(settings.SERVERS.database, autocommit=True) as link:
        yield link


def test_a_session_that_was_ended_within_a_transaction_is_away(other_session: psycopg.Connection) -> None:
    def idle_for_too_long() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 1")
            while other_session.execute("SELECT FROM pg_stat_activity WHERE pid = %s", pid).fetchone() is not None:
                continue
            write()

    with pytest.raises(OperationalError, match="idle-in-transaction timeout"):
        idle_for_too_long()
    write()


def test_going_on_after_an_error_within_a_transaction_stays_a_fault_of_ours() -> None:
    def go_on() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            with suppress(DataError):
                cursor.execute("SELECT 1 / 0")
            cursor.execute("SELECT 1")

    with pytest.raises(InternalError, match="aborted"):
        go_on()
