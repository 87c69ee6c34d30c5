"""Where work is done: work cells, their machines, groups of machines, and the time that a machine is down."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from plant.models.calendars import Calendar
from plant.models.row import Row
from plant.models.setups import SetupFamily, SetupMatrix


class TimeRange(Func):
    """[start, end) of two instants, for exclusion constraints."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class WorkCell(Row):
    """A group of machines that does one kind of work."""

    code = models.CharField(max_length=20, unique=True, help_text="Short and unique, such as GRIND.")
    name = models.CharField(max_length=100)
    calendar = models.ForeignKey(
        Calendar,
        on_delete=models.PROTECT,
        related_name="cells",
        help_text="Machines of the cell without their own calendar follow it.",
    )
    wip_limit = models.PositiveSmallIntegerField(
        "work-in-progress limit",
        null=True,
        blank=True,
        help_text="How many orders may be in it at one time, from their first operation there to their last. Empty: no limit.",
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Cells are shown in this order.")

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(wip_limit__isnull=True) | Q(wip_limit__gte=1),
                name="plant_cell_wip_limit",
                violation_error_code="wip_limit",
                violation_error_message="With a limit below 1 no order could ever enter the cell. Leave it empty for no limit.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Machine(Row):
    """A machine, furnace, bench or test stand."""

    code = models.CharField(max_length=20, unique=True, help_text="Short and unique, such as GR-02; shown on the plan.")
    name = models.CharField(max_length=100)
    cell = models.ForeignKey(WorkCell, on_delete=models.PROTECT, related_name="machines", verbose_name="work cell")
    calendar = models.ForeignKey(
        Calendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="machines",
        help_text="Empty: the calendar of its work cell.",
    )
    capacity = models.PositiveSmallIntegerField(
        default=1,
        help_text="Operations that it can run side by side, such as charges in a furnace. 1 for most machines.",
    )
    efficiency_percent = models.PositiveSmallIntegerField(
        "efficiency (%)",
        default=100,
        help_text="How fast it really runs against the planned times: at 80 % an hour of work takes 75 minutes.",
    )
    setup_matrix = models.ForeignKey(
        SetupMatrix,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="machines",
        help_text="Empty: changeovers cost nothing here.",
    )
    initial_family = models.ForeignKey(
        SetupFamily,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="set up for",
        help_text="The family it is set up for now. Empty: its first operation needs no changeover.",
    )
    is_active = models.BooleanField("active", default=True, help_text="Off: it takes part in no new plan; its history stays.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Machines of a cell are shown in this order.")

    class Meta:
        ordering = ["cell__position", "cell__code", "position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__gte=1),
                name="plant_machine_capacity",
                violation_error_code="capacity",
                violation_error_message="A machine runs at least one operation at a time.",
            ),
            models.CheckConstraint(
                condition=Q(efficiency_percent__gte=1, efficiency_percent__lte=300),
                name="plant_machine_efficiency",
                violation_error_code="efficiency_percent",
                violation_error_message="Efficiency is between 1 and 300 per cent.",
            ),
            models.CheckConstraint(
                condition=Q(capacity=1) | Q(setup_matrix__isnull=True),
                name="plant_machine_matrix_needs_capacity_one",
                violation_error_code="setup_matrix",
                violation_error_message="A setup matrix needs a machine that runs one operation at a time: capacity 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def working_calendar(self) -> Calendar:
        """Its own calendar or its cell's."""
        return self.calendar or self.cell.calendar


class MachineGroup(Row):
    """Machines that can stand in for each other, to be named together in routings."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    machines = models.ManyToManyField(
        Machine, related_name="groups", help_text="Only active machines of the step's work cell are used."
    )

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Downtime(Row):
    """A machine cannot work in this time, whatever its calendar says."""

    class Kind(models.TextChoices):
        MAINTENANCE = "maintenance", "Planned maintenance"
        BREAKDOWN = "breakdown", "Breakdown"

    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="downtimes")
    start = models.DateTimeField("from")
    end = models.DateTimeField("to", help_text="For a breakdown: when it is expected to run again.")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.MAINTENANCE)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "downtime"
        ordering = ["start", "machine"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="plant_downtime_ends_after_start",
                violation_error_code="end",
                violation_error_message="A downtime ends after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["maintenance", "breakdown"]),
                name="plant_downtime_kind",
                violation_error_code="kind",
                violation_error_message="A downtime is planned maintenance or a breakdown.",
            ),
            # Its index also serves "the downtimes of these machines from now on", which every snapshot asks.
            ExclusionConstraint(
                name="plant_downtime_no_overlap",
                expressions=[("machine", RangeOperators.EQUAL), (TimeRange("start", "end"), RangeOperators.OVERLAPS)],
                violation_error_code="start",
                violation_error_message="The machine is already down during part of this time. Change that downtime instead.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.machine.code}: {self.get_kind_display().lower()}{f', {self.reason}' if self.reason else ''}"
