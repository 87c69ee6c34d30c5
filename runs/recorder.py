"""From the search's events to a run's rows: in batches, as soon as the last one is a moment ago.

BrokenPlan    a schedule breaks a rule of its problem, or is not worth what the search said: nothing of it may be shown
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from plans.frames import encode
from runs import leases
from runs.leases import Lease, NewEvent, NewIncumbent, Progress
from runs.models import Incumbent
from runs.models.event import EventKind
from runs.retrying import nothing, persist
from solver.events import BoundRaised, Event, Finished, Improved, Stage
from solver.problem import Problem
from solver.schedule import Measures, Schedule, measure, objective_value, rank
from solver.verify import verify

BATCH_SECONDS = 0.2  # between two writes of events
KEEP_SECONDS = 0.3  # between two stored incumbents
KEEP_SHARE = 0.2  # of the time may go into judging and storing them, which takes long in a large plant


class BrokenPlan(Exception):
    """What the search called a schedule is none, or is not worth what it said."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best schedule so far. `seq` is the number of its event, None until that is written."""

    schedule: Schedule
    objective: int
    measures: Measures
    seq: int | None = None

    @classmethod
    def stored(cls, run_id: int) -> Best | None:
        """The newest incumbent of a run."""
        kept = Incumbent.objects.filter(run=run_id).order_by("-seq").first()
        if kept is None:
            return None
        return cls(Schedule.from_json(kept.schedule), kept.objective, Measures(**kept.measures), kept.seq)


class Recorder:
    """Takes what the search says and writes what others may see, under the lease of one attempt.

    `best` is what an earlier attempt left; `spent_seconds` what the earlier attempts have used. Every write may raise Stale.
    """

    def __init__(self, lease: Lease, problem: Problem, best: Best | None = None, spent_seconds: float = 0.0) -> None:
        self.best = best
        self.finished: Finished | None = None
        self.meanwhile: Callable[[], None] = nothing  # called while the database is away
        self._lease = lease
        self._problem = problem
        self._spent_before = spent_seconds
        self._began_at: float | None = None
        self._pending: list[NewEvent] = []
        self._progress = Progress()
        self._written_at = self._kept_at = float("-inf")
        self._keep_pause = KEEP_SECONDS
        self._is_kept = True  # whether the best is stored

    def take(self, events: Iterable[Event]) -> None:
        """Note what was said; nothing is written yet."""
        for event in events:
            self._note_time(event.elapsed)
            match event:
                case Stage():
                    self._take_stage(event)
                case Improved():
                    self._take_improvement(event)
                case BoundRaised():
                    self._take_bound(event)
                case Finished():
                    self.finished = event

    def write_if_due(self) -> None:
        """Write what is pending, if the last write is long enough ago. Raises Stale, BrokenPlan."""
        now = time.monotonic()
        keep = not self._is_kept and now - self._kept_at >= self._keep_pause
        if (keep or self._pending) and now - self._written_at >= BATCH_SECONDS:
            self._write(keep=keep)

    def close(self) -> None:
        """Write everything that is pending, the best schedule included. Raises Stale, BrokenPlan."""
        if self._pending or not self._is_kept:
            self._write(keep=not self._is_kept)

    def spent_seconds(self) -> float:
        """Seconds of search up to now, over all attempts."""
        return self._spent_before + (time.monotonic() - self._began_at if self._began_at is not None else 0.0)

    def _note_time(self, elapsed: float) -> None:
        """The search began when the quickest of its messages says."""
        began_at = time.monotonic() - elapsed
        self._began_at = began_at if self._began_at is None else min(self._began_at, began_at)

    def _take_stage(self, event: Stage) -> None:
        self._follow(stage=event.name)
        self._add(EventKind.STAGE, event.elapsed, {"name": event.name})

    def _take_improvement(self, event: Improved) -> None:
        if self.best is not None and self._rank(event.measures) >= self._rank(self.best.measures):
            return  # an attempt that begins again comes past what is known
        self.best = Best(event.schedule, event.objective, event.measures)
        self._is_kept = False
        measures = event.measures.as_dict()
        self._follow(objective=event.objective, measures=measures)
        data = {"objective": event.objective, "measures": measures, "source": event.source}
        self._add(EventKind.IMPROVED, event.elapsed, data | {"found_at": self._instant(event.elapsed)})

    def _rank(self, measures: Measures) -> tuple[int, ...]:
        return rank(self._problem.objective, measures)

    def _take_bound(self, event: BoundRaised) -> None:
        self._follow(bound=event.bound)
        self._pending = [pending for pending in self._pending if pending.kind is not EventKind.BOUND]
        self._add(EventKind.BOUND, event.elapsed, {"bound": event.bound})

    def _add(self, kind: EventKind, elapsed: float, data: dict[str, Any]) -> None:
        self._pending.append(NewEvent(kind, {**data, "elapsed": round(self._spent_before + elapsed, 3)}))

    def _follow(
        self,
        *,
        stage: str | None = None,
        objective: int | None = None,
        measures: dict[str, int] | None = None,
        bound: int | None = None,
    ) -> None:
        old = self._progress
        self._progress = Progress(
            stage=stage or old.stage,
            objective=old.objective if objective is None else objective,
            measures=measures or old.measures,
            bound=old.bound if bound is None else bound,
        )

    def _instant(self, elapsed: float) -> str:
        ago = time.monotonic() - (self._began_at or 0.0) - elapsed
        return (timezone.now() - timedelta(seconds=ago)).isoformat()

    def _write(self, *, keep: bool) -> None:
        best = self.best if keep else None
        begun_at = time.monotonic()
        if best is not None:
            check(self._problem, best)
        events, progress = self._pending, self._progress
        seq = persist(lambda: self._write_once(events, progress, best), self.meanwhile)
        now = time.monotonic()
        self._pending, self._progress, self._written_at = [], Progress(), now
        if seq is not None and self.best is not None:
            self.best = Best(self.best.schedule, self.best.objective, self.best.measures, seq)
        if best is not None:
            self._is_kept, self._kept_at = True, now
            self._keep_pause = max(KEEP_SECONDS, (now - begun_at) / KEEP_SHARE)

    def _write_once(self, events: list[NewEvent], progress: Progress, best: Best | None) -> int | None:
        """Append the events and store the incumbent, both or neither; the number of the last improvement among the events."""
        with transaction.atomic():
            seq = self._append(events, progress) if events else None
            if best is not None:
                self._keep(best, seq if seq is not None else best.seq)
        return seq

    def _append(self, events: list[NewEvent], progress: Progress) -> int | None:
        last_seq = leases.append(self._lease, events, progress)
        behind_last = next((place for place, event in enumerate(reversed(events)) if event.kind is EventKind.IMPROVED), None)
        return None if behind_last is None else last_seq - behind_last

    def _keep(self, best: Best, seq: int | None) -> None:
        if seq is None:
            raise ValueError("An incumbent is stored with its event or after it.")
        frame = encode(self._problem, best.schedule, seq)
        kept = NewIncumbent(seq, best.objective, best.measures.as_dict(), best.schedule.to_json(), frame)
        leases.keep(self._lease, kept)


def check(problem: Problem, best: Best) -> None:
    """The second opinion before a schedule is shown to anybody. Raises BrokenPlan."""
    violations = verify(problem, best.schedule)
    if violations:
        raise BrokenPlan(f"{len(violations)} broken rules, the first: {violations[0].message}")
    measures = measure(problem, best.schedule)
    if measures != best.measures or objective_value(problem.objective, measures) != best.objective:
        raise BrokenPlan("The plan is not worth what the solver said.")
