"""What customers want."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from plant.models.products import Product, Routing
from plant.models.row import Row


class Order(Row):
    """So many of a product for a customer, by a time."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        RELEASED = "released", "Released"
        IN_PROGRESS = "in_progress", "In progress"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        ON_HOLD = "on_hold", "On hold"

    TO_PLAN = (Status.PLANNED, Status.RELEASED, Status.IN_PROGRESS)
    CLOSED = (Status.DONE, Status.CANCELLED)

    number = models.CharField(max_length=30, unique=True, help_text="Order number, unique.")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="orders")
    routing = models.ForeignKey(
        Routing,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        help_text="Empty: the product's routing for new orders.",
    )
    quantity = models.PositiveIntegerField(default=1)
    release = models.DateTimeField(help_text="Nothing of it can start earlier, such as when its material arrives.")
    due = models.DateTimeField(help_text="When the customer wants it. Being late costs, but is possible.")
    deadline = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it must be finished: a plan that misses it is no plan. Leave empty unless it is meant.",
    )
    weight = models.PositiveSmallIntegerField(
        default=1,
        help_text="How much a minute of lateness costs, 1 to 100, against other orders.",
    )
    status = models.CharField(
        max_length=20,
        choices=Status.choices,
        default=Status.PLANNED,
        help_text="Planned, released and in-progress orders are scheduled; the others are not.",
    )
    customer = models.CharField(max_length=100, blank=True)
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["due", "number"]
        indexes = [
            # "The orders to plan", read by every snapshot, and the order list sorted by due date.
            models.Index(
                fields=["due", "number"],
                condition=Q(status__in=["planned", "released", "in_progress"]),
                name="plant_order_to_plan",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1),
                name="plant_order_quantity",
                violation_error_code="quantity",
                violation_error_message="An order is for at least one piece.",
            ),
            models.CheckConstraint(
                condition=Q(due__gte=F("release")),
                name="plant_order_due_after_release",
                violation_error_code="due",
                violation_error_message="It is due before it can start: the due time must not be earlier than the release.",
            ),
            models.CheckConstraint(
                condition=Q(deadline__isnull=True) | Q(deadline__gte=F("due")),
                name="plant_order_deadline_after_due",
                violation_error_code="deadline",
                violation_error_message="The deadline is the last moment and cannot be earlier than the due time.",
            ),
            models.CheckConstraint(
                condition=Q(weight__gte=1, weight__lte=100),
                name="plant_order_weight",
                violation_error_code="weight",
                violation_error_message="Weight is between 1 and 100.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["planned", "released", "in_progress", "done", "cancelled", "on_hold"]),
                name="plant_order_status",
                violation_error_code="status",
                violation_error_message="Choose one of the statuses.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.product.name}"

    @property
    def has_started(self) -> bool:
        """Whether the shop floor has begun any of its operations."""
        return self.operations.filter(actual_start__isnull=False).exists()

    def clean(self) -> None:
        if self.routing and self.product_id and self.routing.product_id != self.product_id:
            raise ValidationError({"routing": f"This routing makes {self.routing.product}, the order is for {self.product}."})
