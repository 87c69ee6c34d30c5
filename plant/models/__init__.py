"""What exists in the plant, one module per subject."""

from plant.models.calendars import Calendar, CalendarException, Shift, Weekday
from plant.models.operations import (
    Operation,
    OperationAttendance,
    OperationCrew,
    OperationLink,
    OperationMode,
)
from plant.models.orders import Order
from plant.models.products import CrewPhase, Product, Routing, RoutingStep, StepAlternative, StepCrew
from plant.models.resources import Downtime, Machine, MachineGroup, WorkCell
from plant.models.setups import SetupFamily, SetupMatrix, SetupTime
from plant.models.site import Site
from plant.models.skills import Absence, Operator, OperatorSkill, Skill

__all__ = [
    "Absence",
    "Calendar",
    "CalendarException",
    "CrewPhase",
    "Downtime",
    "Machine",
    "MachineGroup",
    "Operation",
    "OperationAttendance",
    "OperationCrew",
    "OperationLink",
    "OperationMode",
    "Operator",
    "OperatorSkill",
    "Order",
    "Product",
    "Routing",
    "RoutingStep",
    "SetupFamily",
    "SetupMatrix",
    "SetupTime",
    "Shift",
    "Site",
    "Skill",
    "StepAlternative",
    "StepCrew",
    "Weekday",
    "WorkCell",
]
