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

`claiming` takes the most urgent run that waits, whichever run the message named. Each attempt has a row of its own, opened by the
claim and closed in the statement that ends the lease.
"""

from __future__ import annotations

from runs.leases.asking import cancel, promote, stop
from runs.leases.care import (
    Found,
    Reaped,
    drain,
    due_rings,
    expire,
    hand_over,
    lost,
    overdue,
    reap,
    rung,
    unring,
    unring_next,
    waiting_to_end,
)
from runs.leases.claiming import claim, claim_this
from runs.leases.holding import append, cancelled, finish, give_back, is_told, keep, look, note, renew, set_back
from runs.leases.statements import LEASE_SECONDS, LEAST_SECONDS
from runs.leases.terms import Conclusion, Expected, Lease, NewEvent, NewIncumbent, Progress, Setback, Stale, Stopped, Vitals, Wish

__all__ = [
    "LEASE_SECONDS",
    "LEAST_SECONDS",
    "Conclusion",
    "Expected",
    "Found",
    "Lease",
    "NewEvent",
    "NewIncumbent",
    "Progress",
    "Reaped",
    "Setback",
    "Stale",
    "Stopped",
    "Vitals",
    "Wish",
    "append",
    "cancel",
    "cancelled",
    "claim",
    "claim_this",
    "drain",
    "due_rings",
    "expire",
    "finish",
    "give_back",
    "hand_over",
    "is_told",
    "keep",
    "look",
    "lost",
    "note",
    "overdue",
    "promote",
    "reap",
    "renew",
    "rung",
    "set_back",
    "stop",
    "unring",
    "unring_next",
    "waiting_to_end",
]
