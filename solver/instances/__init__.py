"""Readers of the field's own file formats, so that the search can be measured on public instances.

orders, machines, (machine, ticks) pairs     job shop and flexible job shop text        shops.py
the same with setup families, JSON           job shop with changeovers                  changeovers.py
activities, resources, demands               PSPLIB .sm and Patterson .rcp              projects.py

read_instance → detect the format → parse, every fault with its line → Problem (makespan, open all the time)
"""

from solver.instances.faults import InstanceFormatError
from solver.instances.reading import read_instance

__all__ = ["InstanceFormatError", "read_instance"]
