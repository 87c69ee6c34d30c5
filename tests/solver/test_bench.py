"""The benchmark: plants that can be planned, first plans and repairs step by step, a table that says who was better."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from solver.bench.alone import alone
from solver.bench.contest import Result
from solver.bench.first import First, first, firsts
from solver.bench.first import table as first_table
from solver.bench.halt import Case, Halts, all_halts, percentile, plain_shop
from solver.bench.halt import table as halt_table
from solver.bench.memory import peak_mb
from solver.bench.plants import EVERYTHING, plant
from solver.bench.repairs import published, repaired, with_breakdown
from solver.bench.repairs import table as repair_table
from solver.bench.report import table
from solver.bench.sets import NAMES, PUBLIC, Instance, instances
from solver.diagnose import diagnose
from solver.dispatch import dispatch
from solver.limits import Limits
from solver.tabu_search import is_plain_shop
from solver.verify import verify

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]


def a_plant(size: int, name: str = "", group: str = "") -> Instance:
    return Instance(name or f"{size}", None, lambda: plant(60), size, group)


@pytest.mark.parametrize("count", range(len(EVERYTHING) + 1))
def test_a_plant_can_be_planned(count: int) -> None:
    question = plant(150, EVERYTHING[:count])

    assert diagnose(question) == ()
    assert len(question.operations) >= 150
    assert verify(question, next(dispatch(question))[1]) == ()


def test_the_same_seed_makes_the_same_plant() -> None:
    assert plant(60, seed=3) == plant(60, seed=3) != plant(60, seed=4)


def test_features_are_known() -> None:
    with pytest.raises(ValueError, match="There is no feature ghosts"):
        plant(60, ("ghosts",))


def test_every_set_has_instances() -> None:
    for name in NAMES:
        found = instances(name, DATA)
        assert len({instance.name for instance in found}) == len(found) > 0
    assert {instance.size for instance in instances("plants", None, largest=2_000)} == {300, 2_000}
    with pytest.raises(ValueError, match="needs the folder"):
        instances("jsp", None)
    assert PUBLIC["jsp"]["jsp_ft10.txt"] == 930


def test_plants_go_up_to_what_the_product_plans_with_everything_on() -> None:
    found = instances("plants", None)
    last = next(instance for instance in found if instance.group == "all else")
    alike = [instance for instance in found if instance.group == "lags and limits"]

    assert [instance.size for instance in found if instance.group == "all else"] == [300, 2_000, 10_000, 20_000]
    assert Counter(instance.size for instance in alike) == {300: 6, 2_000: 3, 10_000: 1, 20_000: 1}
    assert len({instance.make() for instance in alike if instance.size == 300}) == 6
    assert [instance.name for instance in found][:5] == [
        "300, calendars",
        "300, + setups",
        "300, + people",
        "300, + lags and limits",
        "300, + all else",
    ]
    assert last.make() == plant(300, EVERYTHING)
    assert found[3].make() == plant(300, EVERYTHING[:4])
    assert found[-1].make() == plant(300, ("calendars",), 3, days=3) != plant(300, ("calendars",), 3)


def test_the_table_says_who_was_better() -> None:
    def instance(name: str, best: int | None) -> Instance:
        return Instance(name, best, lambda: plant(60))

    said = table(
        [
            (instance("won", 100), {"ours": Result(101, 90), "pyjobshop": Result(110, 80)}),
            (instance("drawn", 100), {"ours": Result(100, 100, 0.1, 2.0), "pyjobshop": Result(100, 100)}),
            (instance("lost", None), {"ours": Result(12), "pyjobshop": Result(11)}),
            (instance("alone", None), {"ours": Result(12), "pyjobshop": Result(remark="unknown")}),
            (
                instance("unasked", None),
                {"ours": Result(12), "pyjobshop": Result(remark="It does not know people.", has_run=False)},
            ),
        ]
    )

    assert "| won | 100 | ours | 101 | 1.00% | 90 |" in said
    assert "Gap to the best known: mean 0.50%, worst 1.00%." in said
    assert "Against PyJobShop: better 2, equal 1, worse 1; of its objective" in said
    assert "| pyjobshop | unknown |" in said
    assert "Of the best priority rule" not in said
    assert "Where PyJobShop finds a plan" not in said


def test_the_table_says_what_came_of_plants_by_size() -> None:
    said = table(
        [
            (a_plant(300), {"ours": Result(1), "rules": Result(2)}),
            (a_plant(300, group="all else"), {"ours": Result(253), "rules": Result(1000)}),
            (a_plant(2_000, group="limits"), {"ours": Result(0), "rules": Result(100), "pyjobshop": Result(remark="unknown")}),
            (a_plant(2_000, group="limits"), {"ours": Result(64), "rules": Result(300)}),
            (a_plant(2_000, group="limits"), {"ours": Result(0), "rules": Result(0)}),
            (a_plant(10_000, group="all else"), {"ours": Result(16), "rules": Result(remark="breaks crew")}),
            (a_plant(300, "300, calendars"), {"ours": Result(5), "pyjobshop": Result(200)}),
        ]
    )

    assert "Of the best priority rule, up to all else: 300: 25.3%.\n" in said
    assert "Of the best priority rule, up to limits: 2,000: 16.0% (0.0%, 21.3%).\n" in said
    assert "Where PyJobShop finds a plan, of its cost (5.0% at most asked): 300, calendars: 2.5%.\n" in said


def test_the_table_says_what_went_wrong_beside_what_was_found() -> None:
    result = Result(12, None, 0.5, None, 31.2, 100.4, "out of memory")

    said = table([(a_plant(300), {"ours": result, "rules": Result(remark="breaks crew, now")})])

    assert "| ours | 12 (out of memory) | – | – | 0.50 | – | 31.20 | 100 |" in said
    assert "| rules | breaks crew, now | – | – | – | – | – | – |" in said


def test_the_way_to_a_first_plan_is_told_step_by_step() -> None:
    (case, everything) = firsts([60])
    lines = first_table([case, everything]).splitlines()
    assert (case.plant, everything.plant) == ("60, + lags and limits", "60, + all else")
    assert min(case.checked, case.arrays, case.decoded, case.written, case.verified) > 0
    assert [line.count("|") for line in lines] == [9] * 4


def test_a_planner_waits_for_a_plan_that_is_written_out_and_verified() -> None:
    (line,) = first_table([First("60", 1.0, 2.0, 0.25, 0.5, 0.125, 96.4)]).splitlines()[2:]

    assert line == "| 60 | 1.000 | 2.000 | 0.250 | 0.500 | 0.125 | 0.875 | 96 |"


def test_memory_is_that_of_a_process_alone() -> None:
    ballast = b"x" * (300 * 2**20)
    here, there = peak_mb(), alone(peak_mb)

    assert here is not None
    assert there is not None
    assert 0 < there < len(ballast) / 2**20 < here


def test_a_plant_that_no_rule_can_plan_has_no_first_plan() -> None:
    (late,) = (replace(order, deadline=order.release + 1) for order in plant(12).orders[:1])
    question = replace(plant(12), orders=(late, *plant(12).orders[1:]))
    with pytest.raises(ValueError, match="No rule leads to a schedule of late"):
        first(question, "late")


def test_a_change_is_repaired_with_fewer_moves_than_without_the_plan() -> None:
    case = repaired(with_breakdown(published(60, 1)), "breakdown", Limits(seconds=2, threads=2, seed=1))

    assert case.first is not None
    assert case.as_published is not None
    assert 0 < case.first.moved < case.as_published.moved
    assert case.peak_mb is not None
    assert case.peak_mb > 20
    (line,) = repair_table([case]).splitlines()[2:]
    assert "| breakdown |" in line
    assert line.endswith(f" | {case.peak_mb:.0f} |")


def test_how_late_searches_end_is_measured_and_told() -> None:
    hard, easy = Case("hard", lambda: plant(120, EVERYTHING), 1, 2, 0.5), Case("easy", lambda: plant(6, ()), 1, 1, 5.0)

    late, ended = all_halts(threads=2, seed=1, cases=(hard, easy))

    assert (len(late.overshoots), len(late.stops)) == (1, 2)
    assert 0 < min(late.stops) <= max(late.stops) < 5
    assert ended == Halts("easy", [], []), "what ends by itself is neither late nor stopped"
    assert "| hard | 1 | " in halt_table([late])
    assert halt_table([Halts("a", [0.1, 0.25], [0.1, 0.02])]).endswith("| a | 2 | 0.10 | 0.25 | 0.25 | 2 | 20 | 100 | 100 |\n")


def test_percentiles_go_by_rank() -> None:
    assert [percentile([3.0, 1.0, 2.0], share) for share in (0.5, 0.95, 1.0)] == [2.0, 3.0, 3.0]


def test_the_shop_without_files_is_a_plain_one() -> None:
    question = plain_shop(4, 3)
    assert is_plain_shop(question)
    assert diagnose(question) == ()
    assert len(question.operations) == 12


def test_the_command_writes_its_table(tmp_path: Path) -> None:
    for name in PUBLIC["sdst"]:
        (tmp_path / name).write_text((DATA / "sdst_la11_edata.json").read_text())
    out = tmp_path / "table.md"

    done = subprocess.run(
        [sys.executable, "-m", "solver", "bench", "sdst", "--seconds=1", f"--instances={tmp_path}", f"--out={out}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert out.read_text() == done.stdout
    assert done.stdout.count("| ours |") == 3


def test_a_folder_without_the_instances_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "solver", "bench", "jsp", f"--instances={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, json.dumps(done.stdout)) == (2, '""')
    assert "jsp_ft06.txt: No such file" in done.stderr
