"""One run of CP-SAT: parameters, callbacks that only hand over, and a stop that is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Literal

from ortools.sat.python import cp_model

from solver.bare import is_bare
from solver.formulation.extract import Picks, read
from solver.formulation.variables import Formulation

Verdict = Literal["optimal", "feasible", "infeasible", "unknown"]

VERDICTS: dict[int, Verdict] = {
    int(cp_model.OPTIMAL): "optimal",
    int(cp_model.FEASIBLE): "feasible",
    int(cp_model.INFEASIBLE): "infeasible",
    int(cp_model.UNKNOWN): "unknown",
}


class InvalidFormulation(RuntimeError):
    """CP-SAT does not take a formulation. It is a bug in the formulation, or in what `solver.diagnose` lets pass."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What one solve may spend. `presolve`: False solves the formulation as it was written, for a second opinion.
    `first_only`: any solution will do."""

    seconds: float
    threads: int
    seed: int
    presolve: bool = True
    first_only: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """`bound`: no solution of the formulation has a smaller objective; None without a solution."""

    verdict: Verdict
    picks: Picks | None
    bound: int | None


class Solve:
    """One solve of one formulation. `run` blocks; `stop` may be called at any time by another thread, and again until `run` is
    over, since CP-SAT does not hear it before it has begun."""

    def __init__(self, formulation: Formulation, effort: Effort) -> None:
        self.formulation = formulation
        self._solver = cp_model.CpSolver()
        parameters = self._solver.parameters
        parameters.max_time_in_seconds = max(0.01, effort.seconds)
        parameters.num_workers = effort.threads
        parameters.random_seed = effort.seed % 2**31  # of 32 bits with a sign
        parameters.cp_model_presolve = effort.presolve
        parameters.stop_after_first_solution = effort.first_only
        if not is_bare(formulation.problem):
            # With calendars, changeovers and people all of presolve takes longer than there is time, and loses the hint: of 60
            # operations nothing was known after 16 s. Light presolve is over in half a second, and the best is proven after 7 s.
            parameters.cp_model_probing_level = 0
            parameters.symmetry_level = 0
            parameters.max_presolve_iterations = 1
        parameters.catch_sigint_signal = False
        # Machines are what is scarce here: with these, ft10 is proven in 3 s of processor time instead of more than 20.
        parameters.use_dynamic_precedence_in_disjunctive = True
        parameters.use_strong_propagation_in_disjunctive = True
        # CP-SAT 9.15 spoils solutions and aborts the process when it looks for rows within an exactly_one over many ways.
        parameters.presolve_inclusion_work_limit = 0

    def run(self, on_picks: Callable[[Picks], None] | None = None, on_bound: Callable[[int], None] | None = None) -> Result:
        """Solve. The callbacks are called on CP-SAT's threads, for every better solution and bound, and must return at once.

        Raises InvalidFormulation.
        """
        if on_bound is not None:
            self._solver.best_bound_callback = lambda bound: on_bound(whole(bound))
        callback = None if on_picks is None else _Handover(self.formulation, on_picks)
        verdict = VERDICTS.get(int(self._solver.solve(self.formulation.cp, callback)))
        if verdict is None:
            raise InvalidFormulation(self.formulation.cp.validate())
        if verdict in {"infeasible", "unknown"}:  # the bound that is told then means nothing: 0 where nothing is known
            return Result(verdict, None, None)
        return Result(verdict, read(self.formulation, self._solver.value), whole(self._solver.best_objective_bound))

    def stop(self) -> None:
        self._solver.stop_search()


class _Handover(cp_model.CpSolverSolutionCallback):  # type: ignore[misc] # OR-Tools types its base as Any
    """Copies each solution and gives it away."""

    def __init__(self, formulation: Formulation, on_picks: Callable[[Picks], None]) -> None:
        super().__init__()
        self._formulation = formulation
        self._on_picks = on_picks

    def on_solution_callback(self) -> None:
        self._on_picks(read(self._formulation, self.value))


def whole(bound: float) -> int:
    """The integer bound that a bound in floating point stands for."""
    return ceil(bound - 1e-6)
