"""When searching fails again and again, runs are answered by dispatching rules at once, until a trial shows that it works again.

    closed ──three runs in a row fail of the machinery──▶ open ──cool-down over, the next run is the trial──▶ trial
      ▲                                                    ▲                                                     │
      │                                                    └── it fails too: a longer cool-down, and it is       │
      │                                                        answered by dispatching rules itself ◀────────────┤
      └──────────────────────────── its search ends, or lives for a minute ◀─────────────────────────────────────┘

What counts is in `Policy.is_machinery`: processes lost, crashed, hung, out of memory. Such failures say that the next run will
fail as well, and a rough plan now is worth more than a good one that never comes. A question that is too large for its memory
counts once, however often it is asked: it says nothing about those of others. Faults of ours do not count (dispatching rules
would hide them), nor does anything about the question. Runs that were cancelled or stopped without a plan say nothing.

The state is one row, changed only under its lock or by compare-and-set, so that any number of processes may look, and one run
at a time is the trial. Nobody has to remember anything: what has failed lately is read from the runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from operator import itemgetter

import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from runs import leases
from runs.failures import POLICIES
from runs.models import Breaker, BreakerState, FailureCode, Outcome, Run, State
from runs.models.run import GIVEN_UP, LEASED

FAILURES_IN_A_ROW = 3
LOOKED_AT = 30  # of the latest ends, among which one question that is too large may have many
COOL_DOWN_SECONDS = 60.0  # before the first trial; twice that before the second …
LONGEST_COOL_DOWN_SECONDS = 900.0
ASKED_FOR_SECONDS = 30.0  # that the steward leaves to people, before it starts a trial by itself
LIVES_SECONDS = 60.0  # of searching that are proof enough, though the trial has not ended
WAITS_SECONDS = 60.0  # for a worker that searches nothing else, before a trial counts as failed

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # since then a circuit is closed that nobody ever looked at
MACHINERY = tuple(code.value for code in FailureCode if POLICIES[code].is_machinery)

# Runs whose end says something about the search.
TELLING = (
    Q(fallback=False)
    & (Q(state=State.FINISHED) | Q(state=State.FAILED, failure_code__in=MACHINERY))
    & ~Q(outcome=Outcome.UNKNOWN, stop_kind="stop")
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Circuit:
    """`state` is "closed" (the search works), "open" or "trial"; `since` None: it never was anything but closed.

    `retry_at`: from when a run may be the trial, None unless open. `trial`: the run that is it, None unless in trial.
    `searches`: whether a run that is asked for now would be searched.
    """

    state: str
    since: datetime | None = None
    reason: str = ""
    retry_at: datetime | None = None
    trial: int | None = None
    searches: bool = True

    @property
    def is_closed(self) -> bool:
        return self.state == BreakerState.CLOSED


def state() -> Circuit:
    """How it is now. One query for one row."""
    row = Breaker.objects.annotate(now=Now()).first()
    if row is None:
        return Circuit(BreakerState.CLOSED.value)
    searches = row.state == BreakerState.CLOSED or (row.retry_at is not None and row.retry_at <= row.now)
    return Circuit(row.state, row.since, row.reason, row.retry_at, row.trial_id, searches)


def seat(run: Run) -> None:
    """Decide how a run that was just inserted is answered. Call it in the transaction of the insert."""
    if state().is_closed:
        return
    run.trial = bool(
        Breaker.objects.filter(state=BreakerState.OPEN, retry_at__lte=Now()).update(
            state=BreakerState.TRIAL, since=Now(), retry_at=None, trial=run
        )
    )
    run.fallback = not run.trial
    run.save(update_fields=["trial", "fallback"])


def judge() -> None:
    """Look at how runs have ended and change the state if that tells something. The steward does it every second."""
    now = state()
    if now.is_closed and _fails(now.since):
        _open_up()
    elif now.state == BreakerState.TRIAL:
        _judge_trial()
    if not state().is_closed:
        handed_over = leases.hand_over()
        if handed_over:
            log.warning("queued runs handed to dispatching rules", runs=handed_over)


def wants_trial() -> bool:
    """Whether the cool-down is over and nobody has asked for a run since."""
    return Breaker.objects.filter(state=BreakerState.OPEN, retry_at__lte=Now() - timedelta(seconds=ASKED_FOR_SECONDS)).exists()


def reset(actor: AbstractBaseUser, reason: str = "") -> bool:
    """Search again from the next run on, because a person says so; False when the circuit was closed.

    Failures of before count no longer. Runs that were handed to dispatching rules stay with them.
    """
    told = f"Closed by {actor.get_username()}." + (f" {reason}" if reason else "")
    closed = Breaker.objects.exclude(state=BreakerState.CLOSED).update(
        state=BreakerState.CLOSED, since=Now(), reason=told, cool_down_seconds=0.0, retry_at=None, trial=None
    )
    if closed:
        log.warning("circuit closed by hand", actor=actor.get_username(), reason=reason)
    return bool(closed)


def _fails(since: datetime | None) -> bool:
    """Whether as many of the latest runs as it takes all failed of the machinery."""
    return len(_latest(since)) == FAILURES_IN_A_ROW


def _latest(since: datetime | None) -> list[str]:
    """How the latest telling runs failed, up to the first that did not, as many as it takes; of each question that was too large
    for its memory only the newest."""
    ended = Run.objects.filter(TELLING, finished_at__isnull=False)
    if since is not None:
        ended = ended.filter(finished_at__gt=since)
    latest = ended.order_by("-finished_at", "-pk").values_list("failure_code", "snapshot_id", "pk")[:LOOKED_AT]
    codes: dict[int, str] = {}
    for code, question, run in takewhile(itemgetter(0), latest):
        codes.setdefault(-question if code == FailureCode.OUT_OF_MEMORY else run, code)
    return list(codes.values())[:FAILURES_IN_A_ROW]


def _open_up() -> None:
    """From closed to open, once, whoever else sees it at the same time."""
    Breaker.objects.bulk_create([Breaker(since=LONG_AGO)], ignore_conflicts=True)
    with transaction.atomic():
        row = Breaker.objects.select_for_update().get()
        if row.state != BreakerState.CLOSED or not _fails(row.since):
            return
        causes = dict.fromkeys(POLICIES[FailureCode(code)].text.removesuffix(".") for code in _latest(row.since))
        _open(f"{FAILURES_IN_A_ROW} runs in a row failed: {'; '.join(causes)}.", COOL_DOWN_SECONDS)


def _judge_trial() -> None:
    with transaction.atomic():
        row = Breaker.objects.select_for_update(of=("self",)).select_related("trial").annotate(now=Now()).get()
        if row.state != BreakerState.TRIAL:
            return
        run = row.trial
        if run is None or _says_nothing(run):
            _open("The trial run said nothing; the next run is another one.", row.cool_down_seconds, wait_seconds=0.0)
        elif _has_failed(run, row.now - row.since):
            if run.state == State.QUEUED and run.by_itself:
                leases.cancel(run.pk, None, "No worker took the trial, and nobody waits for its answer.")
            _open(f"Run {run.pk} was the trial and failed.", min(LONGEST_COOL_DOWN_SECONDS, 2 * row.cool_down_seconds))
        elif _has_worked(run, row.now):
            log.info("circuit closed", trial=run.pk)
            Breaker.objects.update(
                state=BreakerState.CLOSED,
                since=Now(),
                reason=f"The search worked again in run {run.pk}.",
                cool_down_seconds=0.0,
                trial=None,
            )


def _says_nothing(run: Run) -> bool:
    """It ended for reasons of its own."""
    was_stopped = run.state == State.FINISHED and run.outcome == Outcome.UNKNOWN and run.stop_kind != ""
    return not run.fallback and (was_stopped or run.state == State.CANCELLED or _is_fault_of_ours(run))


def _is_fault_of_ours(run: Run) -> bool:
    return run.state == State.FAILED and run.failure_code not in MACHINERY


def _has_failed(run: Run, tried_for: timedelta) -> bool:
    """It was handed over when its attempt went wrong, or it waits in vain. `leases.hand_over` takes it then."""
    if run.fallback or run.state in GIVEN_UP:
        return True
    waits_long = run.state == State.QUEUED and tried_for > timedelta(seconds=WAITS_SECONDS)
    return waits_long and not _is_kept_waiting(run)


def _is_kept_waiting(run: Run) -> bool:
    """Whether another run is searched and gets on, or was to its end just now: its worker lives, and the trial's turn comes."""
    gets_on = Q(best_objective__isnull=False) | Q(claimed_at__lt=Now() - timedelta(seconds=LIVES_SECONDS))
    ended = Q(state=State.FINISHED, finished_at__gt=Now() - timedelta(seconds=WAITS_SECONDS))
    searched = Run.objects.filter(fallback=False).exclude(pk=run.pk)
    return searched.filter(Q(state__in=LEASED, lease_until__gt=Now()) & gets_on | ended).exists()


def _has_worked(run: Run, now: datetime) -> bool:
    if run.state == State.FINISHED:
        return True
    lives = run.claimed_at is not None and now - run.claimed_at > timedelta(seconds=LIVES_SECONDS)
    return run.state in {State.RUNNING, State.STOPPING} and lives


def _open(reason: str, cool_down_seconds: float, wait_seconds: float | None = None) -> None:
    """With the row's lock held."""
    log.error("circuit open: dispatching rules answer", reason=reason, cool_down_seconds=cool_down_seconds)
    wait = timedelta(seconds=cool_down_seconds if wait_seconds is None else wait_seconds)
    Breaker.objects.update(
        state=BreakerState.OPEN,
        since=Now(),
        reason=reason,
        cool_down_seconds=cool_down_seconds,
        retry_at=Now() + wait,
        trial=None,
    )
