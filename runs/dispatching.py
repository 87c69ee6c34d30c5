"""Answering a run by dispatching rules alone, in this very process: a plan within moments, when the search cannot be had."""

from __future__ import annotations

import time

from runs.leases import Vitals, Wish
from runs.work import Work
from solver.dispatch import dispatch
from solver.events import Finished, Improved, Stage
from solver.schedule import measure, objective_value

MOST_SECONDS = 20.0  # for all rules together; one is tried in any case


def answer_by_rules(work: Work) -> None:
    """Keep the best schedule that any rule makes, and come to an end. Raises Stale, BrokenPlan."""
    if work.wish is Wish.GO_ON:
        work.report = lambda: Vitals(threads=1)
        _apply_rules(work)
    work.end()


def _apply_rules(work: Work) -> None:
    """Each schedule that is better than those before becomes an improvement whose source is its rule."""
    recorder, problem, began_at = work.recorder, work.problem, time.monotonic()

    def elapsed() -> float:
        return time.monotonic() - began_at

    def is_enough() -> bool:
        work.heed()
        return work.wish is not Wish.GO_ON or elapsed() > MOST_SECONDS

    recorder.take([Stage(0.0, "first_plan")])
    for rule, schedule in dispatch(problem, is_enough):
        measures = measure(problem, schedule)
        recorder.take([Improved(elapsed(), schedule, objective_value(problem.objective, measures), measures, rule)])
        recorder.write_if_due()
    if work.wish is Wish.GO_ON:
        best = recorder.best
        recorder.take([Finished(elapsed(), "feasible" if best else "unknown", best.objective if best else None, None)])
