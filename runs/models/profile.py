"""What counts as a good plan: named weights of the objective's terms and the order in which they count, kept by admins."""

from __future__ import annotations

from functools import reduce
from operator import and_

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from runs.objectives import order_in_words
from solver.problem import TERMS, Objective

LAST_TIER = len(TERMS)


def tier_name(term: str) -> str:
    """The field that says in which tier a term counts."""
    return f"{term}_tier"


def _tier() -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(
        "tier",
        default=1,
        db_default=1,
        validators=[
            MinValueValidator(1, f"A tier is a number from 1 to {LAST_TIER}."),
            MaxValueValidator(LAST_TIER, f"A tier is a number from 1 to {LAST_TIER}."),
        ],
    )


class ObjectiveProfile(models.Model):
    """Weights of the terms that the solver minimises; `solver.schedule.Measures` defines the terms.

    Terms of the same tier are added up. A lower tier comes first, and no gain in a later one makes up for a loss in it.
    """

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
    weighted_tardiness_tier = _tier()
    late_orders_tier = _tier()
    makespan_tier = _tier()
    setup_tier = _tier()
    mode_cost_tier = _tier()
    flow_time_tier = _tier()
    churn_tier = _tier()
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
            models.CheckConstraint(
                condition=reduce(and_, (Q((f"{tier_name(term)}__range", (1, LAST_TIER))) for term in TERMS)),
                name="objective_profile_tiers_known",
                violation_error_message=f"A tier is a number from 1 to {LAST_TIER}.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        too_large = {term: "At most 1,000,000." for term in TERMS if (getattr(self, term) or 0) > 1_000_000}
        if too_large:
            raise ValidationError(too_large)

    def objective(self) -> Objective:
        """Without tiers where everything that has a weight is in the same one: that is the plain sum."""
        weights = {term: getattr(self, term) for term in TERMS}
        by_tier: dict[int, list[str]] = {}
        for term in (term for term in TERMS if weights[term]):
            by_tier.setdefault(getattr(self, tier_name(term)), []).append(term)
        tiers = tuple(tuple(by_tier[tier]) for tier in sorted(by_tier))
        return Objective(**weights, tiers=tiers if len(tiers) > 1 else ())

    def order_in_words(self) -> str:
        """Empty where everything is added up."""
        return order_in_words(self.objective())

    @classmethod
    def default(cls) -> ObjectiveProfile | None:
        """The marked profile, else the first in the list, else None."""
        return cls.objects.order_by("-is_default", "position", "name").first()
