"""Plant rows + the published plan + what the shop floor reported → `solver.Problem`: the only place that knows both sides.

rows.py       the queries: a fixed number of them, however large the plant
axis.py       instants → ticks, calendars → windows
resources.py  cells, machines, setup matrices, operators
work.py       orders, operations, precedences, actuals; what is held and what is left out
extent.py     how far the time axis has to go
freeze.py     the verb, and the faults that keep a problem from being built
"""

from plans.snapshot.freeze import Frozen, PlanningFault, freeze, store

__all__ = ["Frozen", "PlanningFault", "freeze", "store"]
