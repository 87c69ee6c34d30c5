"""The objective profiles that every plant begins with."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from runs.models import ObjectiveProfile
from solver.problem import Objective


@pytest.fixture
def _first_profiles(db: None) -> None:
    """As the migrations make them; tests that empty tables may have come before."""
    import_module("runs.migrations.0003_profiles").add(apps, None)
    import_module("runs.migrations.0014_tiers").add(apps, None)


@pytest.mark.usefixtures("_first_profiles")
def test_a_new_plant_has_profiles_and_one_of_them_is_the_default() -> None:
    names = list(ObjectiveProfile.objects.values_list("name", flat=True))
    assert names[:2] == ["On time first", "Short setups"]
    assert "Shortest makespan" in names
    default = ObjectiveProfile.default()
    assert default is not None
    assert default.name == "On time first"


@pytest.mark.usefixtures("_first_profiles")
def test_shortest_makespan_counts_nothing_else() -> None:
    assert ObjectiveProfile.objects.get(name="Shortest makespan").objective() == Objective(makespan=1)


@pytest.mark.usefixtures("_first_profiles")
def test_a_second_default_is_refused_in_words_and_by_the_database() -> None:
    second = ObjectiveProfile(name="Mine", makespan=1, is_default=True)
    with pytest.raises(ValidationError, match="Another profile is the default already"):
        second.full_clean()
    with pytest.raises(IntegrityError):
        second.save()


@pytest.mark.django_db
def test_a_profile_that_wants_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least one term"):
        ObjectiveProfile(name="Nothing").full_clean()


def test_a_weight_that_would_drown_all_others_is_refused() -> None:
    with pytest.raises(ValidationError, match="1,000,000"):
        ObjectiveProfile(name="Huge", setup=1_000_001).clean()


def test_everything_in_one_tier_is_the_plain_sum() -> None:
    assert ObjectiveProfile(makespan=1, setup=3).objective() == Objective(makespan=1, setup=3)
    assert ObjectiveProfile(makespan=1, makespan_tier=4, setup=3, setup_tier=4).objective().tiers == ()
    assert ObjectiveProfile(makespan=1, setup=3).order_in_words() == ""


def test_tiers_are_in_the_order_of_their_numbers_and_only_of_what_counts() -> None:
    profile = ObjectiveProfile(
        setup=2, setup_tier=6, makespan=1, makespan_tier=6, late_orders=9, late_orders_tier=3, churn_tier=2
    )
    assert profile.objective().tiers == (("late_orders",), ("makespan", "setup"))
    assert profile.order_in_words() == "First late orders, then end of all work and setup"


@pytest.mark.usefixtures("_first_profiles")
def test_a_new_plant_has_a_profile_with_tiers() -> None:
    profile = ObjectiveProfile.objects.get(name="On time, then few setups")
    assert profile.objective().tiers[:2] == (("weighted_tardiness",), ("setup",))


@pytest.mark.django_db
@pytest.mark.parametrize("tier", [0, 8])
def test_a_tier_beyond_the_last_is_refused_in_words_and_by_the_database(tier: int) -> None:
    profile = ObjectiveProfile(name="Odd", makespan=1, makespan_tier=tier)
    with pytest.raises(ValidationError, match="a number from 1 to 7"):
        profile.full_clean()
    with pytest.raises(IntegrityError, match="objective_profile_tiers_known"):
        profile.save()
