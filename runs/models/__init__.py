"""The rows of the life of a solve."""

from runs.models.attempt import Attempt, Ending
from runs.models.breaker import Breaker, BreakerState
from runs.models.event import Incumbent, RunEvent
from runs.models.heartbeat import Heartbeat
from runs.models.profile import ObjectiveProfile
from runs.models.run import FailureCode, Outcome, Priority, Run, State, StopKind
from runs.models.schedule import SolveSchedule
from runs.models.submission import Submission

__all__ = [
    "Attempt",
    "Breaker",
    "BreakerState",
    "Ending",
    "FailureCode",
    "Heartbeat",
    "Incumbent",
    "ObjectiveProfile",
    "Outcome",
    "Priority",
    "Run",
    "RunEvent",
    "SolveSchedule",
    "State",
    "StopKind",
    "Submission",
]
