"""A database that takes no writes for a while, as a standby or one that an admin has set so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

WRITING = "-c default_transaction_read_only=off"
END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@contextmanager
def takes_no_writes() -> Iterator[None]:
    """Every session ends, and none that begins before the end of this may ever write. For tests with real transactions."""
    connection.close()
    _do("ALTER DATABASE {} SET default_transaction_read_only = on", END_SESSIONS)
    try:
        yield
    finally:
        connection.close()
        _do("ALTER DATABASE {} RESET default_transaction_read_only")


def _do(*statements: LiteralString) -> None:
    name = connection.settings_dict["NAME"]
    with psycopg.connect(settings.SERVERS.database, dbname=name, options=WRITING, autocommit=True) as link:
        for statement in statements:
            link.execute(sql.SQL(statement).format(sql.Identifier(name)))
