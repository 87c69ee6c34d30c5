"""Which runs are meant: the filter of the list, of bulk actions, and of whoever else asks for some of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from runs.models import FailureCode, Outcome, Run, State


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What is given holds together; nothing given means every run. `until` is the first moment that is not meant any more."""

    states: tuple[State, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    profile_id: int | None = None
    schedule_id: int | None = None
    person_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    failure_code: FailureCode | None = None

    def runs(self) -> QuerySet[Run]:
        """The runs that are meant, in no order."""
        return self.among(Run.objects.all()).order_by()

    def among(self, runs: QuerySet[Run]) -> QuerySet[Run]:
        """Those of them that are meant."""
        columns = {
            "state__in": self.states or None,
            "outcome__in": self.outcomes or None,
            "profile": self.profile_id,
            "schedule": self.schedule_id,
            "requested_by": self.person_id,
            "requested_at__gte": self.since,
            "requested_at__lt": self.until,
            "failure_code": self.failure_code,
        }
        return runs.filter(**{column: value for column, value in columns.items() if value is not None})
