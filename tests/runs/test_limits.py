"""What a search may spend is the same for whoever asks: on a page, by a program, in a schedule, at the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError as ModelFault
from django.core.management import CommandError, call_command
from pydantic import ValidationError as ShapeFault

from runs.api.schemas import RunIn
from runs.forms import AgainForm, NewRunForm
from runs.models import ObjectiveProfile, SolveSchedule
from runs.models.limits import LEAST_SECONDS, MOST_ITERATIONS, MOST_SECONDS
from scheduler_site.env import REPOSITORY

INSTANCE = REPOSITORY / "tests/solver/data/jsp_ft06.txt"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "may"), [(LEAST_SECONDS - 1, False), (LEAST_SECONDS, True), (MOST_SECONDS, True), (MOST_SECONDS + 1, False)]
)
def test_everybody_may_ask_for_as_many_seconds(seconds: int, may: bool) -> None:  # noqa: FBT001 - a table of cases
    asked: dict[str, Any] = {"limit_seconds": seconds}
    assert ("limit_seconds" not in NewRunForm(asked).errors) is may
    assert ("limit_seconds" not in AgainForm(asked).errors) is may
    assert refused(lambda: RunIn(limit_seconds=float(seconds))) is not may
    schedule = SolveSchedule(name="Nightly", crontab="0 5 * * *", profile=ObjectiveProfile.default(), **asked)
    assert refused(schedule.full_clean) is not may
    if not may:
        with pytest.raises(CommandError, match=f"from {LEAST_SECONDS} to {MOST_SECONDS}"):
            call_command("load_instance", str(INSTANCE), "--seconds", str(seconds))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("iterations", "may"), [(0, False), (1, True), (None, True), (MOST_ITERATIONS, True), (MOST_ITERATIONS + 1, False)]
)
def test_people_and_programs_may_ask_for_as_many_iterations(iterations: int | None, may: bool) -> None:  # noqa: FBT001 - as above
    assert ("iterations" not in NewRunForm({"iterations": iterations}).errors) is may
    assert refused(lambda: RunIn(iterations=iterations)) is not may


def refused(ask: Any) -> bool:
    try:
        ask()
    except (ModelFault, ShapeFault):
        return True
    return False


def test_the_guide_of_the_api_says_how_many() -> None:
    told = Path(REPOSITORY / "docs/api.md").read_text()
    assert re.findall(r"^\| `limit_seconds` \| .*, (\d+)…(\d+) \|", told, re.MULTILINE) == [
        (str(LEAST_SECONDS), str(MOST_SECONDS))
    ]
    assert re.findall(r"^\| `iterations` \| .*, 1…(\d+) \|", told, re.MULTILINE) == [str(MOST_ITERATIONS)]
