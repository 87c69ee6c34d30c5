"""What counts as a good plan: named weights of the objective's terms, kept by admins."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from solver.problem import Objective

TERMS = ("weighted_tardiness", "late_orders", "makespan", "setup", "mode_cost", "flow_time", "churn")


class ObjectiveProfile(models.Model):
    """Weights of the terms that the solver adds up and minimises; `solver.schedule.Measures` defines the terms."""

    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=200, blank=True, default="", help_text="One sentence for the planner.")
    weighted_tardiness = models.PositiveIntegerField(
        default=0, help_text="Cost of one minute that an order of weight 1 is late; an order of weight 3 costs three times that."
    )
    late_orders = models.PositiveIntegerField(default=0, help_text="Cost of each order that is late, however little.")
    makespan = models.PositiveIntegerField(default=0, help_text="Cost of each minute until the last operation is done.")
    setup = models.PositiveIntegerField(default=0, help_text="Cost of each minute of setup and changeover.")
    mode_cost = models.PositiveIntegerField(default=0, help_text="Factor on the preference costs of the chosen machines.")
    flow_time = models.PositiveIntegerField(default=0, help_text="Cost of each minute between an order's release and its end.")
    churn = models.PositiveIntegerField(
        default=0, help_text="Cost of each operation that moves away from where the published plan has it."
    )
    is_default = models.BooleanField(default=False, help_text="Chosen beforehand in the form for a new run.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Place in lists; small numbers come first.")

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="objective_profile_one_default",
                violation_error_message="Another profile is the default already. Take the mark off it first.",
            ),
            models.CheckConstraint(
                condition=Q(weighted_tardiness__gt=0)
                | Q(late_orders__gt=0)
                | Q(makespan__gt=0)
                | Q(setup__gt=0)
                | Q(mode_cost__gt=0)
                | Q(flow_time__gt=0)
                | Q(churn__gt=0),
                name="objective_profile_wants_something",
                violation_error_message="Give at least one term a weight above zero.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        too_large = {term: "At most 1,000,000." for term in TERMS if (getattr(self, term) or 0) > 1_000_000}
        if too_large:
            raise ValidationError(too_large)

    def objective(self) -> Objective:
        return Objective(**{term: getattr(self, term) for term in TERMS})

    @classmethod
    def default(cls) -> ObjectiveProfile | None:
        """The marked profile, else the first in the list, else None."""
        return cls.objects.order_by("-is_default", "position", "name").first()
