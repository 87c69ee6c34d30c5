"""A server that takes no writes, or has ended a transaction, is a matter of its operation: an OperationalError.

PEP 249 and psycopg call both an InternalError, as they do errors that are faults of ours. Whoever has patience with a database
that is away (`runs.retrying.AWAY`) has it with one that is read-only for a while, too.
"""

from __future__ import annotations

from types import TracebackType

from django.db import OperationalError
from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg import errors

OF_OPERATION = (errors.ReadOnlySqlTransaction, errors.IdleInTransactionSessionTimeout, errors.TransactionTimeout)


class DatabaseWrapper(base.DatabaseWrapper):
    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        """Around whatever psycopg does for this connection."""
        return _Errors(self)


class _Errors(DatabaseErrorWrapper):
    wrapper: DatabaseWrapper

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not isinstance(error, OF_OPERATION):
            super().__exit__(kind, error, trace)
            return
        self.wrapper.errors_occurred = True
        if self.wrapper.connection is not None:
            self.wrapper.connection.close()  # a session may stay read-only when its server is not any more
        raise OperationalError(*error.args).with_traceback(trace) from error
