"""What the frozen zone holds, and what it keeps out."""

from solver.frozen import earliest_setup, frozen_start
from solver.problem import Actual, BaselineStart, Crew, SkillLevel
from solver.skills import ALWAYS, qualified_windows
from tests.solver.examples import operation, operator, problem

PLANNED = BaselineStart("a", "m1", setup_start=90, start=110)


def test_an_operation_whose_setup_the_baseline_starts_in_the_zone_is_frozen() -> None:
    shop = problem(operation("a"), baseline=(PLANNED,), frozen_until=100)
    assert frozen_start(shop, operation("a")) == PLANNED
    assert earliest_setup(shop, operation("a")) == 0


def test_an_operation_behind_the_zone_stays_behind_it() -> None:
    shop = problem(operation("a"), operation("b"), baseline=(PLANNED,), frozen_until=90)
    assert [frozen_start(shop, each) for each in shop.operations] == [None, None]
    assert [earliest_setup(shop, each) for each in shop.operations] == [90, 90]


def test_an_overdue_operation_is_free_from_now_on() -> None:
    shop = problem(operation("a"), baseline=(BaselineStart("a", "m1", setup_start=-1, start=5),), frozen_until=100)
    assert frozen_start(shop, operation("a")) is None
    assert earliest_setup(shop, operation("a")) == 0


def test_history_is_not_frozen() -> None:
    started = operation("a", actual=Actual("m1", -5, -5))
    assert frozen_start(problem(started, baseline=(PLANNED,), frozen_until=100), started) is None


def test_without_a_zone_everything_is_free_from_now_on() -> None:
    shop = problem(operation("a"), baseline=(PLANNED,))
    assert frozen_start(shop, operation("a")) is None
    assert earliest_setup(shop, operation("a")) == 0


def test_a_person_qualifies_while_any_level_that_is_high_enough_holds() -> None:
    levels = (SkillLevel("weld", 1), SkillLevel("weld", 2, None, 50), SkillLevel("weld", 3, 50, 80), SkillLevel("mill", 3))
    ada = operator(skills=levels)
    assert qualified_windows(ada, Crew("weld", level=2)) == ((ALWAYS[0], 80),)
    assert qualified_windows(ada, Crew("weld")) == (ALWAYS,)
    assert qualified_windows(ada, Crew("mill", level=4)) == ()
