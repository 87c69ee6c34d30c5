"""A worker's side of a run, in short: what it appends and keeps goes through the leases like everything real."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from plans.frames import encode
from runs import leases
from runs.leases import Conclusion, Lease, NewEvent, NewIncumbent, Progress
from runs.models import Outcome, Run
from runs.models.event import EventKind
from solver.problem import Machine, Mode, Operation, Order, Problem, WorkCell
from solver.schedule import Assignment, Schedule, measure
from tests.runs.making import claimed, make_run

QUESTION = Problem(
    name="Werk 1",
    epoch="2026-03-02T09:00:00+00:00",
    horizon=1000,
    cells=(WorkCell("c", "Cell"),),
    machines=(Machine("m", "Mill", "c", ((0, 1000),)),),
    orders=(Order("o", "4711", due=100),),
    operations=(Operation("a", "Turning", "o", "c", (Mode("m", 60),)),),
)


def running() -> tuple[Run, Lease]:
    """A run in the hands of a worker, with two events."""
    run = make_run()
    return run, claimed(run)


def tell(lease: Lease, count: int = 1) -> int:
    """Append `count` events in one go; the number of the last."""
    events = [NewEvent(EventKind.BOUND, {"bound": index, "elapsed": 0.1}) for index in range(count)]
    return leases.append(lease, events, Progress(bound=1))


def improve(lease: Lease, objective: int) -> int:
    """Append an improvement and keep its schedule; the number of its event."""
    measures = measure(QUESTION, answer(objective)).as_dict()
    found: dict[str, Any] = {"objective": objective, "measures": measures, "elapsed": 0.1, "source": "test"}
    with transaction.atomic():
        seq = leases.append(lease, [NewEvent(EventKind.IMPROVED, found)], Progress(objective=objective, measures=measures))
        frame = encode(QUESTION, answer(objective), seq)
        leases.keep(lease, NewIncumbent(seq, objective, measures, answer(objective).to_json(), frame))
    return seq


def conclude(lease: Lease, objective: int) -> None:
    measures = measure(QUESTION, answer(objective)).as_dict()
    leases.finish(lease, Conclusion(Outcome.FEASIBLE, objective, measures), 1.0, uuid.uuid4())


def answer(objective: int) -> Schedule:
    """A schedule that ends at `objective`."""
    return Schedule((Assignment("a", "m", objective - 60, objective - 60, objective, objective),))
