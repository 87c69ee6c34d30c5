"""Compiles the kernel, which otherwise the first search would have to wait for: `python -m solver.kernel`."""

from __future__ import annotations

import sys
import time

from solver.problem import Machine, Mode, Objective, Operation, Order, Problem, WorkCell

WORTH_TELLING_SECONDS = 5.0


def small_problem() -> Problem:
    """Two operations that want the same machine: whatever Python calls is called for once."""
    return Problem(
        name="Small",
        epoch="2026-01-01T00:00:00+00:00",
        tick_seconds=60,
        horizon=100,
        cells=(WorkCell("c", "Cell"),),
        machines=(Machine("m", "Machine", "c", ((0, 100),)),),
        orders=(Order("o", "Order"),),
        operations=tuple(Operation(key, key, "o", "c", (Mode("m", 10),)) for key in "ab"),
        objective=Objective(makespan=1),
    )


def main() -> None:
    """Make what is missing, and try it."""
    began = time.monotonic()
    from solver.decode import Decoder  # noqa: PLC0415 - loads the kernel, which is what is timed
    from solver.local_search import Pace, improve  # noqa: PLC0415 - the same
    from solver.project_search import Breeding  # noqa: PLC0415 - the same
    from solver.tabu_search import Tabu  # noqa: PLC0415 - the same

    problem = small_problem()
    decoder = Decoder(problem)
    schedule = decoder.decode(["a", "b"])
    if schedule is None or decoder.value() != 20:
        raise RuntimeError("The kernel does not work.")
    improve(problem, schedule, Pace(1, 10), lambda: False, lambda _: None)
    search = Tabu(problem, 1)
    search.begin(schedule)
    search.run_slice(0)
    breeding = Breeding(problem, 1)
    breeding.join(schedule)
    breeding.run_slice(0)
    took = time.monotonic() - began
    if took > WORTH_TELLING_SECONDS:
        sys.stdout.write(f"The search is compiled ({took:.0f} s).\n")


if __name__ == "__main__":
    main()
