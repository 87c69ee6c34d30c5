"""One order's work, step by step: operations, the machines that can do them, their crews and what must come before what."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from plant.models.orders import Order
from plant.models.products import CrewPhase, RoutingStep
from plant.models.resources import Machine, WorkCell
from plant.models.row import Row
from plant.models.setups import SetupFamily
from plant.models.skills import Operator, Skill


class Operation(Row):
    """One step of one order. It comes from the routing and can be changed by itself afterwards."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="operations")
    step = models.ForeignKey(
        RoutingStep,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
        verbose_name="routing step",
        help_text="The step that it was made from. Empty: added by hand, or the step is gone.",
    )
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    cell = models.ForeignKey(WorkCell, on_delete=models.PROTECT, related_name="operations", verbose_name="work cell")
    setup_family = models.ForeignKey(SetupFamily, on_delete=models.PROTECT, null=True, blank=True, related_name="operations")
    setup_minutes = models.PositiveIntegerField(
        "setup (min)", default=0, help_text="Without the changeover; the machines below may differ."
    )
    run_minutes = models.PositiveIntegerField(
        "run (min)", help_text="For the whole quantity at 100 % speed; the machines below may differ."
    )
    teardown_minutes = models.PositiveIntegerField("teardown (min)", default=0)
    may_pause = models.BooleanField(default=True, help_text="On: it may stop when the machine closes and go on when it opens.")
    is_held = models.BooleanField(
        "held",
        default=False,
        help_text="On: it is kept out of plans, with everything that must come after it, until it is released.",
    )
    is_edited = models.BooleanField(
        "edited by hand", default=False, help_text="On: expanding the order again leaves it as it is."
    )
    actual_machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, null=True, blank=True, related_name="worked_operations", verbose_name="done on"
    )
    actual_start = models.DateTimeField("started at", null=True, blank=True)
    actual_end = models.DateTimeField("finished at", null=True, blank=True)
    done_quantity = models.PositiveIntegerField(default=0, help_text="Pieces that are finished so far.")
    actual_operators = models.ManyToManyField(
        Operator, through="OperationAttendance", related_name="worked_operations", blank=True
    )

    class Meta:
        ordering = ["order", "number"]
        indexes = [
            # "What did this machine work on last", read by the snapshot for its setup and by the Gantt for its history.
            models.Index(
                fields=["actual_machine", "actual_start"], condition=Q(actual_start__isnull=False), name="plant_operation_history"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "number"],
                name="plant_operation_number_once",
                deferrable=models.Deferrable.IMMEDIATE,  # one statement may renumber several
                violation_error_code="number",
                violation_error_message="The order has an operation with this number already.",
            ),
            models.CheckConstraint(
                condition=Q(actual_start__isnull=True) | Q(actual_machine__isnull=False),
                name="plant_operation_started_on_machine",
                violation_error_code="actual_machine",
                violation_error_message="An operation that has started did so on a machine: name it.",
            ),
            models.CheckConstraint(
                condition=Q(actual_end__isnull=True) | Q(actual_start__isnull=False, actual_end__gt=F("actual_start")),
                name="plant_operation_ends_after_start",
                violation_error_code="actual_end",
                violation_error_message="An operation can finish only after it has started.",
            ),
            models.CheckConstraint(
                condition=Q(actual_start__isnull=False) | Q(done_quantity=0),
                name="plant_operation_done_needs_start",
                violation_error_code="done_quantity",
                violation_error_message="Pieces cannot be finished before the operation has started.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order.number} / {self.number} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What is added by itself, without a step, is by hand."""
        if self._state.adding and self.step_id is None:
            self.is_edited = True
        super().save(*args, **kwargs)

    @property
    def state(self) -> str:
        """`done`, `started`, `held` or `open`."""
        if self.actual_end:
            return "done"
        if self.actual_start:
            return "started"
        return "held" if self.is_held else "open"

    def clean(self) -> None:
        wrong: dict[str, str] = {}
        if self.order_id and self.done_quantity and self.done_quantity > self.order.quantity:
            wrong["done_quantity"] = f"The order is for {self.order.quantity} pieces only."
        if self.is_held and self.actual_start and not self.actual_end:
            wrong["is_held"] = "It has started already; an operation can be held only before that."
        if self.actual_machine and self.cell_id and self.actual_machine.cell_id != self.cell_id:
            wrong["actual_machine"] = (
                f"{self.actual_machine.code} stands in {self.actual_machine.cell}, the operation is done in {self.cell}."
            )
        if wrong:
            raise ValidationError(wrong)


class OperationAttendance(Row):
    """A person who worked on an operation."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="attendances")
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="attendances")

    class Meta:
        verbose_name = "person who worked on it"
        verbose_name_plural = "people who worked on it"
        ordering = ["operation", "operator"]
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "operator"],
                name="plant_attendance_once",
                violation_error_code="operator",
                violation_error_message="This person is on the list already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator.name} on {self.operation}"


class OperationMode(Row):
    """A machine that can do the operation, and how long it takes there."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="modes")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="operation_modes")
    setup_minutes = models.PositiveIntegerField("setup (min)", default=0)
    run_minutes = models.PositiveIntegerField("run (min)", help_text="For the whole quantity on this machine.")
    teardown_minutes = models.PositiveIntegerField("teardown (min)", default=0)
    cost = models.PositiveIntegerField("preference cost", default=0)

    class Meta:
        verbose_name = "possible machine"
        ordering = ["operation", "cost", "machine"]
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "machine"],
                name="plant_mode_machine_once",
                violation_error_code="machine",
                violation_error_message="The operation lists this machine already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.machine.code}, {self.run_minutes} min"

    def clean(self) -> None:
        if not self.operation_id or not self.machine_id:
            return
        if self.machine.cell_id != self.operation.cell_id:
            raise ValidationError(
                {"machine": f"{self.machine.code} stands in {self.machine.cell}, the operation is done in {self.operation.cell}."}
            )
        if self.machine.setup_matrix_id and not self.operation.setup_family_id:
            raise ValidationError(
                {"machine": f"Changeovers on {self.machine.code} depend on the setup family; give the operation one."}
            )


class OperationCrew(Row):
    """People that the operation needs at the machine."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="crew")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField("level at least", default=1)
    count = models.PositiveSmallIntegerField("people", default=1)
    phase = models.CharField("needed", max_length=5, choices=CrewPhase.choices, default=CrewPhase.ALL)

    class Meta:
        verbose_name = "crew"
        verbose_name_plural = "crew"
        ordering = ["operation", "skill", "level"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=5),
                name="plant_operation_crew_level",
                violation_error_code="level",
                violation_error_message="Levels go from 1 to 5.",
            ),
            models.CheckConstraint(
                condition=Q(count__gte=1),
                name="plant_operation_crew_count",
                violation_error_code="count",
                violation_error_message="A crew has at least one person.",
            ),
            models.CheckConstraint(
                condition=Q(phase__in=["setup", "all"]),
                name="plant_operation_crew_phase",
                violation_error_code="phase",
                violation_error_message="People are needed for the setup only or from setup to teardown.",
            ),
            models.UniqueConstraint(
                fields=["operation", "skill", "level", "phase"],
                name="plant_operation_crew_once",
                violation_error_code="skill",
                violation_error_message="It asks for this skill at this level already. Raise the number of people there.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.skill.name}, level {self.level}, {self.get_phase_display()}"


class OperationLink(Row):
    """`before` must have run before `after` starts. Any network will do, across orders too, but no circle."""

    before = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="links_after")
    after = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="links_before")
    min_wait_minutes = models.PositiveIntegerField("wait at least (min)", default=0)
    max_wait_minutes = models.PositiveIntegerField("wait at most (min)", null=True, blank=True, help_text="Empty: no limit.")

    class Meta:
        verbose_name = "precedence"
        ordering = ["before_id", "after_id"]  # their orders would cost four joins wherever links are read
        constraints = [
            models.UniqueConstraint(
                fields=["before", "after"],
                name="plant_link_once",
                violation_error_code="before",
                violation_error_message="These two operations are linked already.",
            ),
            models.CheckConstraint(
                condition=~Q(before=F("after")),
                name="plant_link_not_to_itself",
                violation_error_code="before",
                violation_error_message="An operation cannot come before itself.",
            ),
            models.CheckConstraint(
                condition=Q(max_wait_minutes__isnull=True) | Q(max_wait_minutes__gte=F("min_wait_minutes")),
                name="plant_link_waits",
                violation_error_code="max_wait_minutes",
                violation_error_message="The longest wait cannot be shorter than the shortest wait.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"

    def clean(self) -> None:
        if not self.before_id or not self.after_id or self.before_id == self.after_id:
            return
        if circle := path_between(self.after_id, self.before_id, ignore_link=self.pk):
            names = Operation.objects.in_bulk(circle)
            raise ValidationError(
                {"before": "This closes a circle: " + " → ".join(str(names[pk]) for pk in [*circle, circle[0]]) + "."}
            )


def path_between(start: int, goal: int, *, ignore_link: int | None = None) -> list[int]:
    """Operation ids along links from `start` to `goal`, both included; empty when no path leads there."""
    came_from: dict[int, int] = {}
    reached, frontier = {start}, {start}
    while frontier and goal not in reached:
        steps = OperationLink.objects.filter(before__in=frontier).values_list("id", "before_id", "after_id")
        came_from |= {after: before for link, before, after in steps if after not in reached and link != ignore_link}
        frontier = {after for link, _, after in steps if link != ignore_link} - reached
        reached |= frontier
    return _walk_back(came_from, start, goal) if goal in reached else []


def _walk_back(came_from: dict[int, int], start: int, goal: int) -> list[int]:
    path = [goal]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return path[::-1]
