"""The only writer of `Run.state`. Every change is one SQL statement that also writes its event, by the database's clock.

    queued ──claim──▶ running ──stop──▶ stopping ──finish──▶ finished
      ▲  │               │ └──finish──▶ finished   └─cancelled─▶ cancelled
      │  └─cancel─▶ cancelled    └──set_back, reap──▶ failed
      └── give_back, set_back, reap ◀── running, stopping

Whoever executes a run holds a `Lease`. All its writes say which attempt they belong to (the fence); a write that comes too late
changes nothing:

    Stale    the lease is held by nobody or by somebody else: write nothing, stop the search

Events are numbered under the row's lock, in the same statement, so that they have no gap and come in the order of commits. Each
carries a uid: a write repeated because its answer was lost is noticed and not done twice. Functions without a lease are for
people (`asking`), and for the steward and the main process of a worker (`care`).
"""

from __future__ import annotations

from runs.leases.asking import cancel, stop
from runs.leases.care import Reaped, drain, due_rings, lost, overdue, reap, rung, unring
from runs.leases.holding import append, cancelled, claim, finish, give_back, is_told, keep, look, renew, set_back
from runs.leases.statements import LEASE_SECONDS, LEAST_SECONDS
from runs.leases.terms import Conclusion, Lease, NewEvent, NewIncumbent, Progress, Setback, Stale, Stopped, Wish

__all__ = [
    "LEASE_SECONDS",
    "LEAST_SECONDS",
    "Conclusion",
    "Lease",
    "NewEvent",
    "NewIncumbent",
    "Progress",
    "Reaped",
    "Setback",
    "Stale",
    "Stopped",
    "Wish",
    "append",
    "cancel",
    "cancelled",
    "claim",
    "drain",
    "due_rings",
    "finish",
    "give_back",
    "is_told",
    "keep",
    "look",
    "lost",
    "overdue",
    "reap",
    "renew",
    "rung",
    "set_back",
    "stop",
    "unring",
]
