"""One solve: where it is in its life, what the search concluded, and how far it is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from runs.models.limits import MOST_ITERATIONS, MOST_SECONDS
from runs.models.profile import ObjectiveProfile
from runs.models.schedule import SolveSchedule


class State(models.TextChoices):
    """Where a run is in its life. Only `runs.leases` writes it."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    STOPPING = "stopping", "Stopping"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Outcome(models.TextChoices):
    """What the search concluded. Infeasible is an answer, not a failure."""

    OPTIMAL = "optimal", "Proven best"
    FEASIBLE = "feasible", "Plan found"
    INFEASIBLE = "infeasible", "No plan is possible"
    UNKNOWN = "unknown", "No plan found in time"


class StopKind(models.TextChoices):
    """What was asked of a run that is to end early."""

    STOP = "stop", "Stop and keep the best plan"
    CANCEL = "cancel", "Cancel"


class Priority(models.IntegerChoices):
    """Who comes first in the queue: the highest number, and of the same number who was there first."""

    LOW = 10, "Low"
    NORMAL = 50, "Normal"
    URGENT = 100, "Urgent"


class FailureCode(models.TextChoices):
    """Why an attempt, or in the end its run, failed. `runs.failures` says what is done about each."""

    INVALID_INPUT = "invalid_input", "The question could not be read"
    TOO_LARGE = "too_large", "The question was too large for its memory"
    DEADLINE_EXCEEDED = "deadline_exceeded", "The time was over"
    WORKER_LOST = "worker_lost", "The solve process was lost"
    SHUTDOWN = "shutdown", "The solve process was shut down too often"
    SOLVER_CRASHED = "solver_crashed", "The solver crashed"
    SOLVER_HUNG = "solver_hung", "The solver no longer answered"
    OUT_OF_MEMORY = "out_of_memory", "The solver ran out of memory"
    BAD_OUTPUT = "bad_output", "The solver's answer could not be read"
    BROKEN_PLAN = "broken_plan", "The solver's plan broke a rule"
    INTERNAL = "internal", "An internal error"


LEASED = (State.RUNNING, State.STOPPING)
ACTIVE = (State.QUEUED, State.RUNNING, State.STOPPING)
ENDED = (State.FINISHED, State.FAILED, State.CANCELLED)
GIVEN_UP = (State.FAILED, State.CANCELLED)  # without a conclusion; a planner may still keep the best plan
WITH_PLAN = (Outcome.OPTIMAL, Outcome.FEASIBLE)


class Run(models.Model):
    """One question put to the solver and what became of it.

    `state`, `outcome` and the progress columns are written by single SQL statements in `runs.leases` and kept consistent by the
    constraints below; a trigger refuses to change what has ended (`runs.guards`).

    `attempt` is the fencing token: it grows with every claim and never goes back. `failures` is the budget: it counts the
    attempts that were lost or went wrong, not the ones given back by a worker that was shut down.
    """

    # the question
    snapshot = models.ForeignKey("plans.Snapshot", on_delete=models.PROTECT, related_name="runs")
    profile = models.ForeignKey(ObjectiveProfile, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs")
    horizon_days = models.PositiveSmallIntegerField()
    limit_seconds = models.FloatField(help_text="Seconds of search at most.")
    threads = models.PositiveSmallIntegerField(default=2)
    seed = models.PositiveIntegerField(default=1)
    memory_mb = models.PositiveIntegerField(default=2048)
    gap = models.FloatField(default=0.0, help_text="Distance to the bound at which a plan is good enough; 0.02 is 2 %.")
    iterations = models.PositiveIntegerField(
        null=True, blank=True, help_text="Steps of search instead of the time, which give the same plan again."
    )
    in_turn = models.BooleanField(
        default=False,
        db_default=False,  # as for `by_itself`
        help_text="What counts is in tiers: something comes after what the best objective is about.",
    )
    idempotency_key = models.CharField(max_length=64, help_text="Hash of the problem, the limits and the objective.")
    answers_key = models.BooleanField(default=True, help_text="Is shown when the same question is asked again.")
    again_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="repeated_by")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    by_itself = models.BooleanField(
        default=False,
        db_default=False,  # processes of before, which know no such column, go on writing during an update
        help_text="Nobody asked for it: Taktline did by itself.",
    )
    requested_at = models.DateTimeField(db_default=Now())
    schedule = models.ForeignKey(SolveSchedule, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs")
    scheduled_for = models.DateTimeField(
        null=True, blank=True, help_text="The occurrence that made the run; empty for one that a person asked for."
    )

    # its place in the queue, and who answers it
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    fallback = models.BooleanField(
        default=False, help_text="Is answered by dispatching rules alone, because solving does not work (runs.circuit)."
    )
    trial = models.BooleanField(default=False, help_text="Is to show whether solving works again (runs.circuit).")

    # state
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    available_at = models.DateTimeField(db_default=Now(), help_text="Not to be claimed before.")
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When its message was last put into the queue.")
    attempt = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    max_failures = models.PositiveSmallIntegerField(default=3)
    lease_owner = models.CharField(max_length=200, blank=True, default="", help_text="Worker name / task id.")
    lease_until = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="When the present or last attempt began.")
    deadline_at = models.DateTimeField(null=True, blank=True, help_text="The present attempt is stopped then at the latest.")
    drain = models.BooleanField(default=False, help_text="Its worker is shutting down and gives it back.")
    stop_kind = models.CharField(max_length=6, choices=StopKind, blank=True, default="")
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="When the first attempt began.")
    finished_at = models.DateTimeField(null=True, blank=True)
    setback = models.CharField(
        max_length=20, choices=FailureCode, blank=True, default="", help_text="What cost the attempt before the present one."
    )
    failure_code = models.CharField(max_length=20, choices=FailureCode, blank=True, default="")
    failure_text = models.TextField(blank=True, default="")
    last_seq = models.BigIntegerField(
        default=0, help_text="Number of the last event; events are numbered 1, 2, 3 … without a gap."
    )

    thinned_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when the single steps of the search are no longer among its events."
    )

    # outcome
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    reasons = models.JSONField(default=list, blank=True, help_text="Why no plan is possible, in sentences.")
    plan = models.ForeignKey("plans.Plan", on_delete=models.SET_NULL, null=True, blank=True, related_name="runs")

    # progress
    stage = models.CharField(max_length=20, blank=True, default="")
    spent_seconds = models.FloatField(default=0.0, help_text="Seconds of search so far, over all attempts.")
    best_objective = models.BigIntegerField(null=True, blank=True)
    best_bound = models.BigIntegerField(null=True, blank=True)
    measures = models.JSONField(null=True, blank=True)
    incumbent_seq = models.BigIntegerField(null=True, blank=True, help_text="Event of the newest stored incumbent.")

    class Meta:
        permissions = [("stop_run", "Can stop and cancel runs")]
        ordering = ["-id"]
        indexes = [
            # claim, the place in the queue: WHERE state = 'queued' AND fallback = ? ORDER BY priority DESC, available_at, id
            models.Index(
                fields=["fallback", "-priority", "available_at", "id"], condition=Q(state=State.QUEUED), name="run_queued"
            ),
            # the steward's reap and deadlines: WHERE state IN ('running', 'stopping') AND lease_until < now()
            models.Index(fields=["lease_until"], condition=Q(state__in=LEASED), name="run_leased"),
            # the circuit's look at the latest ends: WHERE finished_at > ? ORDER BY finished_at DESC LIMIT ?
            models.Index(fields=["-finished_at"], condition=Q(finished_at__isnull=False), name="run_ended"),
            # housekeeping: WHERE finished_at < ? AND thinned_at IS NULL ORDER BY finished_at
            models.Index(
                fields=["finished_at"], condition=Q(finished_at__isnull=False, thinned_at__isnull=True), name="run_to_thin"
            ),
            # the runs of one person, newest first: WHERE requested_by = ? ORDER BY id DESC
            models.Index(fields=["requested_by", "-id"], name="run_by_person"),
            # figures.TOTALS, read from the index alone: GROUP BY state, outcome, failure_code
            models.Index(fields=["state", "outcome", "failure_code"], name="run_counted"),
        ]
        constraints = [
            # also serves launch: the run that answers this question already
            models.UniqueConstraint(
                fields=["idempotency_key"],
                condition=Q(answers_key=True, state__in=[*ACTIVE, State.FINISHED]),
                name="run_one_answer_per_question",
            ),
            models.UniqueConstraint(fields=["schedule", "scheduled_for"], name="run_one_per_occurrence"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="run_state_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="run_priority_known"),
            models.CheckConstraint(condition=Q(fallback=False) | ~Q(outcome=Outcome.OPTIMAL), name="run_fallback_proves_nothing"),
            models.CheckConstraint(
                condition=Q(state__in=LEASED, lease_until__isnull=False) & ~Q(lease_owner="")
                | Q(lease_until__isnull=True, lease_owner="") & ~Q(state__in=LEASED),
                name="run_leased_iff_running",
            ),
            models.CheckConstraint(
                condition=Q(state=State.FINISHED, outcome__in=Outcome.values) | Q(outcome="") & ~Q(state=State.FINISHED),
                name="run_outcome_iff_finished",
            ),
            models.CheckConstraint(
                condition=Q(state=State.FAILED, failure_code__in=FailureCode.values)
                | Q(failure_code="", failure_text="") & ~Q(state=State.FAILED),
                name="run_failure_iff_failed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, finished_at__isnull=False) | Q(finished_at__isnull=True) & ~Q(state__in=ENDED),
                name="run_end_iff_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.STOPPING, State.CANCELLED]) | Q(stop_kind__in=StopKind.values),
                name="run_stopping_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(outcome="")
                | Q(outcome__in=WITH_PLAN, best_objective__isnull=False)
                | Q(outcome__in=[Outcome.INFEASIBLE, Outcome.UNKNOWN], best_objective__isnull=True),
                name="run_outcome_agrees_with_progress",
            ),
            models.CheckConstraint(
                condition=Q(plan__isnull=True) | Q(outcome__in=WITH_PLAN) | Q(state__in=GIVEN_UP, incumbent_seq__isnull=False),
                name="run_plan_was_found",
            ),
            models.CheckConstraint(
                condition=Q(best_objective__isnull=True, measures__isnull=True, incumbent_seq__isnull=True)
                | Q(best_objective__isnull=False, measures__isnull=False),
                name="run_measures_iff_objective",
            ),
            models.CheckConstraint(condition=Q(failures__lte=F("attempt")), name="run_failures_within_attempts"),
            models.CheckConstraint(
                condition=Q(
                    limit_seconds__gt=0,
                    limit_seconds__lte=MOST_SECONDS,
                    threads__gte=1,
                    memory_mb__gte=128,
                    gap__gte=0,
                    horizon_days__gte=1,
                ),
                name="run_limits_positive",
            ),
            models.CheckConstraint(
                condition=Q(iterations__isnull=True) | Q(iterations__gte=1, iterations__lte=MOST_ITERATIONS),
                name="run_iterations_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"

    @property
    def relative_gap(self) -> float | None:
        """Distance of the best objective to the bound, 0…1 of the objective; None while either is unknown."""
        if self.best_objective is None or self.best_bound is None:
            return None
        if self.best_objective == 0:
            return 0.0
        return min(1.0, max(0.0, (self.best_objective - self.best_bound) / abs(self.best_objective)))
