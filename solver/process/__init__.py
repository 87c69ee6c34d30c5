"""The search in a process of its own: it can be stopped, killed and limited in memory, and its crash is nobody else's.

    parent                                            child: python -m solver.process
    SolverProcess ──stdin: question, then leases────▶ guards.py   dies with its parent, its lease, its memory limit
                  ◀─stdout: events, signs of life──── outbox.py   one writer, newest incumbent wins
                  ◀─stderr: last words, kept 64 KiB── __main__.py search on a side thread, signals on the main one
    child.py: a started one, and its end              warming.py  what can be loaded before there is a question
    spare.py: one that is started beforehand          naming.py   taktline-spare until then, taktline-solve from then on
    messages.py: the lines · errors.py: what can go wrong

The parent side never imports the search, so that a process without OR-Tools can start one.
"""

from solver.process.errors import (
    SolverCrashed,
    SolverFailed,
    SolverGarbage,
    SolverHung,
    SolverLeaseOver,
    SolverOutOfMemory,
    SolverRaised,
    SolverRefused,
)
from solver.process.parent import Patience, SolverProcess

__all__ = [
    "Patience",
    "SolverCrashed",
    "SolverFailed",
    "SolverGarbage",
    "SolverHung",
    "SolverLeaseOver",
    "SolverOutOfMemory",
    "SolverProcess",
    "SolverRaised",
    "SolverRefused",
]
