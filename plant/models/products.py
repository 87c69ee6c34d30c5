"""What is made and how: products, their routings, the steps of a routing with crew and alternative machines."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from plant.models.resources import Machine, MachineGroup, WorkCell
from plant.models.row import Row
from plant.models.setups import SetupFamily
from plant.models.skills import Skill


class CrewPhase(models.TextChoices):
    SETUP = "setup", "for the setup only"
    ALL = "all", "from setup to teardown"


class Product(Row):
    """Something that customers order."""

    code = models.CharField(max_length=30, unique=True, help_text="Item number.")
    name = models.CharField(max_length=100)
    setup_family = models.ForeignKey(
        SetupFamily,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        help_text="Counts for every step that names no family of its own.",
    )

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def routing_for_new_orders(self) -> Routing | None:
        return self.routings.filter(is_active=True).first()


class Routing(Row):
    """One way to make a product: steps in sequence."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="routings")
    name = models.CharField(max_length=100, default="Standard")
    is_active = models.BooleanField(
        "for new orders", default=True, help_text="Orders that name no routing take this one. One per product."
    )

    class Meta:
        ordering = ["product", "-is_active", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "name"],
                name="plant_routing_name_once",
                violation_error_code="name",
                violation_error_message="The product has a routing of this name already.",
            ),
            models.UniqueConstraint(
                fields=["product"],
                condition=Q(is_active=True),
                name="plant_routing_one_for_new_orders",
                violation_error_code="is_active",
                violation_error_message="Another routing of this product is the one for new orders. Switch that one off first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.code} {self.name}"


class RoutingStep(Row):
    """One step of a routing in one work cell. It follows the step before it; the waits are those to the step after it."""

    routing = models.ForeignKey(Routing, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField(help_text="Sequence, usually 10, 20, 30 … to leave room between.")
    name = models.CharField(max_length=100, help_text="What is done, such as “Rough turning”.")
    cell = models.ForeignKey(WorkCell, on_delete=models.PROTECT, related_name="routing_steps", verbose_name="work cell")
    setup_family = models.ForeignKey(
        SetupFamily,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="routing_steps",
        help_text="Empty: the family of the product.",
    )
    setup_minutes = models.PositiveIntegerField(
        "setup (min)",
        default=0,
        help_text="Needed every time, on top of the changeover that the machine's setup matrix asks for.",
    )
    run_minutes_per_unit = models.DecimalField(
        "run per unit (min)",
        max_digits=10,
        decimal_places=4,
        help_text="On a machine with speed and efficiency of 100 %.",
    )
    teardown_minutes = models.PositiveIntegerField(
        "teardown (min)", default=0, help_text="The material is free before it, the machine after it."
    )
    min_wait_minutes = models.PositiveIntegerField(
        "wait at least (min)", default=0, help_text="Before the next step may start, such as cooling down."
    )
    max_wait_minutes = models.PositiveIntegerField(
        "wait at most (min)",
        null=True,
        blank=True,
        help_text="The next step must start by then, such as before rust sets in. Empty: no limit.",
    )
    may_pause = models.BooleanField(
        default=True,
        help_text="On: it may stop when the machine closes and go on when it opens. Off: it needs open time in one piece.",
    )

    class Meta:
        ordering = ["routing", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["routing", "number"],
                name="plant_step_number_once",
                violation_error_code="number",
                violation_error_message="The routing has a step with this number already.",
            ),
            models.CheckConstraint(
                condition=Q(run_minutes_per_unit__gte=0),
                name="plant_step_run_not_negative",
                violation_error_code="run_minutes_per_unit",
                violation_error_message="A run cannot take less than no time.",
            ),
            models.CheckConstraint(
                condition=Q(max_wait_minutes__isnull=True) | Q(max_wait_minutes__gte=F("min_wait_minutes")),
                name="plant_step_waits",
                violation_error_code="max_wait_minutes",
                violation_error_message="The longest wait cannot be shorter than the shortest wait.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def family(self) -> SetupFamily | None:
        """Its own setup family or the product's."""
        return self.setup_family or self.routing.product.setup_family


class StepCrew(Row):
    """People that a step needs at the machine."""

    step = models.ForeignKey(RoutingStep, on_delete=models.CASCADE, related_name="crew")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField("level at least", default=1)
    count = models.PositiveSmallIntegerField("people", default=1)
    phase = models.CharField("needed", max_length=5, choices=CrewPhase.choices, default=CrewPhase.ALL)

    class Meta:
        verbose_name = "crew"
        verbose_name_plural = "crew"
        ordering = ["step", "skill", "level"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=5),
                name="plant_step_crew_level",
                violation_error_code="level",
                violation_error_message="Levels go from 1 to 5.",
            ),
            models.CheckConstraint(
                condition=Q(count__gte=1),
                name="plant_step_crew_count",
                violation_error_code="count",
                violation_error_message="A crew has at least one person.",
            ),
            models.CheckConstraint(
                condition=Q(phase__in=["setup", "all"]),
                name="plant_step_crew_phase",
                violation_error_code="phase",
                violation_error_message="People are needed for the setup only or from setup to teardown.",
            ),
            models.UniqueConstraint(
                fields=["step", "skill", "level", "phase"],
                name="plant_step_crew_once",
                violation_error_code="skill",
                violation_error_message="The step asks for this skill at this level already. Raise the number of people there.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.skill.name}, level {self.level}, {self.get_phase_display()}"


class StepAlternative(Row):
    """A machine, or a group of machines, that can do the step. Without any, every active machine of the cell can do it alike."""

    step = models.ForeignKey(RoutingStep, on_delete=models.CASCADE, related_name="alternatives")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, null=True, blank=True, related_name="step_alternatives")
    group = models.ForeignKey(
        MachineGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="step_alternatives",
        verbose_name="machine group",
    )
    speed_percent = models.PositiveSmallIntegerField(
        "speed (%)",
        default=100,
        help_text="Against the step's planned run: at 50 % it takes twice as long.",
    )
    cost = models.PositiveIntegerField(
        "preference cost", default=0, help_text="0 for the machine of choice; the higher, the more it is avoided."
    )

    class Meta:
        verbose_name = "alternative"
        ordering = ["step", "cost", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(machine__isnull=False, group__isnull=True) | Q(machine__isnull=True, group__isnull=False),
                name="plant_alternative_machine_or_group",
                violation_error_code="machine",
                violation_error_message="Name a machine or a machine group: one of them, not both.",
            ),
            models.CheckConstraint(
                condition=Q(speed_percent__gte=1, speed_percent__lte=1000),
                name="plant_alternative_speed",
                violation_error_code="speed_percent",
                violation_error_message="Speed is between 1 and 1000 per cent.",
            ),
            models.UniqueConstraint(
                fields=["step", "machine", "group"],
                nulls_distinct=False,
                name="plant_alternative_once",
                violation_error_code="machine",
                violation_error_message="The step names this machine or group already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.machine or self.group} at {self.speed_percent} %"

    def clean(self) -> None:
        if not self.step_id or not self.step.cell_id:
            return
        if self.machine and self.machine.cell_id != self.step.cell_id:
            raise ValidationError(
                {"machine": f"{self.machine.code} stands in {self.machine.cell}, the step is done in {self.step.cell}."}
            )
        if self.machine and self.machine.setup_matrix_id and not self.step.family:
            raise ValidationError(
                {"machine": f"Changeovers on {self.machine.code} depend on the setup family; give the step one first."}
            )
        if self.group and not self.group.machines.filter(cell=self.step.cell_id).exists():
            raise ValidationError({"group": f"No machine of group {self.group.code} stands in {self.step.cell}."})
