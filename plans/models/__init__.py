"""What was decided: the frozen question, the plans that answer it, and where each plan puts every operation."""

from plans.models.memory import KnownQuestion, PlantChange
from plans.models.plan import Placement, Plan
from plans.models.snapshot import Snapshot

__all__ = ["KnownQuestion", "Placement", "Plan", "PlantChange", "Snapshot"]
