"""What Celery's beat may fire, how often, and nothing else.

The table is the list of what admins may choose from. Its rows in the database are made once; what an admin changes about them
stays. None of these tasks takes an argument: rows that carry one, or name another task, also in a header, are not fired,
whoever wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from runs.queues import (
    CLEAN_EVENTS,
    CLEAN_INCUMBENTS,
    CLEAN_RESULTS,
    CLEAN_RUNS,
    CLEAN_SESSIONS,
    CLEAN_SNAPSHOTS,
    CLEAN_SUBMISSIONS,
    TICK,
    TICK_SECONDS,
)
from runs.retrying import persist

DAY = (1, "days")
BARE = {"args": "[]", "kwargs": "{}", "queue": None, "exchange": None, "routing_key": None, "headers": "{}", "priority": None}
CELERYS_OWN = "celery.backend_cleanup"  # deletes results in one go and overwrites what admins set; clean_results does it instead


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task of the clock: how often at first, after how many seconds a message that nobody took is void, and what it is for."""

    every: tuple[int, str]
    expire_seconds: int
    purpose: str


# Once a day counts from the last time: a site that is switched off at night does its chores in the morning.
PERIODIC: Mapping[str, Periodic] = {
    TICK: Periodic((TICK_SECONDS, "seconds"), TICK_SECONDS, "Looks which solve schedules are due. Without it the steward looks."),
    CLEAN_SESSIONS: Periodic(DAY, 43_200, "Lets go of sessions that are over."),
    CLEAN_SUBMISSIONS: Periodic(DAY, 43_200, "Lets go of what was answered to requests with a key some days ago."),
    CLEAN_RESULTS: Periodic(DAY, 43_200, "Lets go of what Celery said about messages."),
    CLEAN_EVENTS: Periodic(DAY, 43_200, "Lets go of the single steps of old searches."),
    CLEAN_INCUMBENTS: Periodic(DAY, 43_200, "Lets go of all but the best schedule of old runs."),
    CLEAN_RUNS: Periodic(DAY, 43_200, "Lets go of runs that ended long ago, if the policy says so. Their plans stay."),
    CLEAN_SNAPSHOTS: Periodic(DAY, 43_200, "Lets go of questions that no run and no plan asks about."),
}


class Clock(DatabaseScheduler):  # type: ignore[misc] # it has no types
    """Beat's scheduler: fires what is in the table, as the rows in the database say."""

    def install_default_entries(self, data: Any) -> None:
        """None: Celery's would be written anew with each start, over what an admin has set."""

    def enabled_models_qs(self) -> QuerySet[PeriodicTask]:
        """Rows that are switched on and may be fired."""
        rows: QuerySet[PeriodicTask] = super().enabled_models_qs()
        return rows.filter(task__in=PERIODIC, **BARE)

    def all_as_schedule(self) -> dict[str, Any]:
        """The entries of those rows. A database that is away for a moment, at the start too, does not end the clock."""
        entries: dict[str, Any] = persist(super().all_as_schedule)
        return entries


def ensure(**_signal: object) -> None:
    """Make the rows that are missing, after each migration."""
    PeriodicTask.objects.filter(name=CELERYS_OWN).delete()
    there = {name for row in PeriodicTask.objects.values_list("name", "task") for name in row}  # an admin may have renamed one
    for task, periodic in PERIODIC.items():
        if task not in there:
            every, period = periodic.every
            interval, _created = IntervalSchedule.objects.get_or_create(every=every, period=period)
            PeriodicTask.objects.create(
                name=task, task=task, interval=interval, expire_seconds=periodic.expire_seconds, description=periodic.purpose
            )
