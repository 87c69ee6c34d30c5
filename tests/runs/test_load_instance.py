"""`manage.py load_instance`: a public instance becomes the plant, and a run is asked for."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from plant.models import Machine, Operation, Order
from runs.models import ObjectiveProfile, Run, State
from solver.problem import Objective
from tests.plant import making

pytestmark = pytest.mark.django_db

FLEXIBLE = "2 3 1.5\n2 1 1 3 2 2 4 3 5\n2 1 2 4 1 3 2\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "small.fjs"
    file.write_text(FLEXIBLE)
    return file


def test_what_is_wrong_with_a_file_is_said_and_nothing_is_kept(tmp_path: Path) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text("2 x\n")
    with pytest.raises(CommandError, match="ine 1"):
        call_command("load_instance", str(broken))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_instance", str(tmp_path / "missing.txt"))
    assert not Order.objects.exists()


def test_a_plant_is_replaced_only_when_that_is_said(file: Path) -> None:
    making.machine()
    with pytest.raises(CommandError, match="The plant holds rows that people entered"):
        call_command("load_instance", str(file))
    assert Machine.objects.count() == 1
    said = StringIO()
    call_command("load_instance", str(file), "--reset", stdout=said)
    assert "3 machines, 2 orders, 4 operations" in said.getvalue()
    assert Operation.objects.count() == 4


def test_a_run_for_the_shortest_makespan_is_asked_for(file: Path) -> None:
    said = StringIO()
    call_command("load_instance", str(file), "--seconds", "7", stdout=said)
    run = Run.objects.get()
    assert run.profile is not None
    assert (run.state, run.limit_seconds, run.profile.objective()) == (State.QUEUED, 7.0, Objective(makespan=1))
    assert f"/runs/{run.pk}/" in said.getvalue()


def test_without_such_a_profile_the_plant_is_loaded_and_the_rest_said(file: Path) -> None:
    ObjectiveProfile.objects.filter(makespan__gt=0).delete()
    said = StringIO()
    call_command("load_instance", str(file), stdout=said)
    assert "add one, and press Solve" in said.getvalue()
    assert Order.objects.count() == 2
    assert not Run.objects.exists()


def test_no_time_to_search_is_refused_before_anything_is_loaded(file: Path) -> None:
    with pytest.raises(CommandError, match="from 1 to 86400"):
        call_command("load_instance", str(file), "--seconds", "0")
    assert not Order.objects.exists()
