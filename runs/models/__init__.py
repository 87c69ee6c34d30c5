"""The rows of the life of a solve."""

from runs.models.event import Incumbent, RunEvent
from runs.models.heartbeat import Heartbeat
from runs.models.profile import ObjectiveProfile
from runs.models.run import FailureCode, Outcome, Run, State, StopKind
from runs.models.schedule import SolveSchedule

__all__ = [
    "FailureCode",
    "Heartbeat",
    "Incumbent",
    "ObjectiveProfile",
    "Outcome",
    "Run",
    "RunEvent",
    "SolveSchedule",
    "State",
    "StopKind",
]
