"""Which rules a schedule may have, and when it will be due next by them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from runs import schedules
from runs.models import ObjectiveProfile, SolveSchedule
from tests.plans.making import make_site
from tests.runs.schedules.clocks import DAY, MONDAY, clock_at, make_schedule

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"crontab": "30 25 * * *"}, "hour 25"),
        ({"crontab": "", "interval_minutes": None}, "either a crontab or an interval"),
        ({"crontab": "0 6 * * *", "interval_minutes": 5}, "either a crontab or an interval"),
        ({"limit_seconds": 100_000}, "less than or equal to 86400"),
        ({"horizon_days": 1000}, "less than or equal to 120"),
        ({"gap_percent": 51}, "less than or equal to 50"),
        ({"threads": 1000}, "less than or equal to 64"),
        ({"memory_mb": 10**6}, "less than or equal to 262144"),
        ({"grace_minutes": 2**31 - 1}, "less than or equal to 10080"),
        ({"crontab": "", "interval_minutes": 2**31 - 1}, "less than or equal to 527040"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(columns: dict[str, Any], sentence: str) -> None:
    schedule = SolveSchedule(**{"name": "Odd", "crontab": "0 6 * * *", "profile": ObjectiveProfile.objects.first()} | columns)
    with pytest.raises(ValidationError, match=sentence):
        schedule.full_clean()


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(IntegrityError, match="solve_schedule_misfire_known"):
        make_schedule(misfire="twice")


def test_the_next_occurrences_are_told_by_the_plants_clock() -> None:
    make_site("Europe/Berlin")
    with clock_at(MONDAY + 4 * DAY):
        coming = schedules.next_occurrences(make_schedule(), 2)
    assert [f"{instant:%a %H:%M %z}" for instant in coming] == ["Mon 05:30 +0200", "Tue 05:30 +0200"]
