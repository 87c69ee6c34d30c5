"""A question and one answer to it, together: what tables, figures and pictures are made from."""

from __future__ import annotations

from dataclasses import dataclass

from plans.drafts import schedule_of
from plans.labels import Labels
from plans.models import Plan
from solver.problem import Problem
from solver.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Answer:
    problem: Problem
    labels: Labels
    schedule: Schedule

    @classmethod
    def of(cls, plan: Plan) -> Answer:
        """A plan with the question it answers; two queries."""
        problem = plan.snapshot.as_problem()
        return cls(problem, plan.snapshot.labels, schedule_of(plan, problem))
