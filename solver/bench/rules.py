"""The best priority rule as a contestant: `python -m solver.bench.rules --until INSTANT --threads T FILE`.

It is what a plant has that plans by rules: each rule's list decoded once, and the best of them. More threads are no use to it.
"""

from __future__ import annotations

from solver.__main__ import load_problem
from solver.bench.turn import judged, say, told
from solver.dispatch import dispatch


def main() -> None:
    turn = told()
    problem = load_problem(turn.file)
    best: int | None = None
    remark = ""
    for _, schedule in dispatch(problem, lambda: turn.left == 0):  # each of them better than the one before
        worth, breaks = judged(problem, schedule)
        remark = remark or breaks
        if worth is not None:
            best = worth
            say(type="improved", objective=best)
    say(type="finished", outcome="unknown" if best is None else "feasible", objective=best, remark=remark)


if __name__ == "__main__":
    main()
