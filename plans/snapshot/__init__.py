"""Plant rows + the published plan + what the shop floor reported → `solver.Problem`: the only place that knows both sides.

rows.py       the queries: a fixed number of them, however large the plant
axis.py       instants → ticks, calendars → windows
resources.py  cells, machines, setup matrices, operators
work.py       orders, operations, precedences, actuals; what is held and what is left out
extent.py     how far the time axis has to go
freeze.py     the verb, and the faults that keep a problem from being built
memory.py     the verb with a memory: the same question over an unchanged plant reads nothing
watch.py      the triggers that notice when the plant changes
"""

from plans.snapshot.freeze import MOST_OPERATIONS, Frozen, PlanningFault, freeze, store, too_large
from plans.snapshot.memory import Posed, Refused, pose

__all__ = ["MOST_OPERATIONS", "Frozen", "PlanningFault", "Posed", "Refused", "freeze", "pose", "store", "too_large"]
