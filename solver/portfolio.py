"""Everything that searches side by side, and the one thread that watches it.

    plain shop        tabu search ∥ CP-SAT on the whole in rounds, where that is not too large; after a first round far from any
                      proof tabu search on every thread; a large one section by section
    project           breeding of activity lists, in place of tabu search
    small problem     CP-SAT on the whole of it with every thread: it finds and proves
    middle            local search ∥ CP-SAT on the whole in rounds, each from the best so far
    large             local search on every thread; on the last one in turn with exact neighbourhoods, once all have cooled down
    no schedule yet   CP-SAT on the whole, which decides whether there is one

Beside each of them, for its first seconds, one thread raises the bound by prices where the objective depends on orders.

The watching thread counts the time, takes what CP-SAT's callbacks hand over, and stops the others, asking again until they have
ended.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from math import inf

from solver.bounds import rising_bounds
from solver.conflicts import NO_SCHEDULE, explain
from solver.elites import Elites
from solver.formulation.build import build
from solver.formulation.extract import Picks, extract
from solver.formulation.grounds import Grounds
from solver.formulation.solving import Effort, Result, Solve
from solver.formulation.variables import Formulation
from solver.halt import Halt
from solver.incumbent import Incumbent, conclude
from solver.limits import Limits
from solver.list_search import ListSearch
from solver.polish import Polish
from solver.problem import Problem
from solver.project_search import ProjectSearch, is_project
from solver.section_search import LARGE, Board, SectionSearch
from solver.tabu_search import ShopSearch, is_plain_shop
from solver.urgings import Urgings

SMALL, MIDDLE = 2_500, 9_000
"""Literals up to which CP-SAT searches alone, and up to which it looks at the whole problem at all."""

FIRST_ROUND_SECONDS = 6.0
HEAD_START_SECONDS = 0.5
TICK_SECONDS = 0.02
TURN_SECONDS = 4.0

HOPELESS_GAP, HOPELESS_OPERATIONS, HOPELESS_FLEXIBLE = 0.02, 250, 120
"""Relative distance to the bound and size of a plain shop from which CP-SAT's next rounds would hardly find anything. In smaller
ones proofs come all at once, from a low bound; where operations can be on several machines they come in the first round if at
all, as the load of machines proves it."""

GRACE_SECONDS, STOP_GRACE_SECONDS = 0.2, 0.03
"""What a thread that is asked to stop may take before the search concludes without it; and when somebody waits for the stop."""

BOUND_SECONDS, BOUND_SHARE = 5.0, 0.05
"""What raising the bound by prices may take at most, and of the time that there is: after that it gets hardly any higher."""

PROBE_SECONDS = 2.0
PATTERNS = 8
"""Patterns of pauses that a calendar usually makes."""

Work = Callable[[], None]
Special = Callable[[Incumbent, int], ShopSearch | SectionSearch | ProjectSearch]


class Portfolio:
    """One search from the first plan on."""

    def __init__(self, incumbent: Incumbent, halt: Halt, limits: Limits) -> None:
        self._incumbent = incumbent
        self._halt = halt
        self._limits = limits
        self._grounds = Grounds.of(incumbent.problem)
        self._size = literals(self._grounds)
        self._inbox: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._solves: set[Solve] = set()
        self._urgings = Urgings()
        self._has_head_start = threading.Event()
        self._is_hopeless = threading.Event()
        self._over_since: float | None = None
        self._is_impossible = False
        self._reasons: tuple[str, ...] = (NO_SCHEDULE,)

    def run(self) -> None:
        """Search until the time is up, the search is stopped, or the best is proven; then say the last word."""
        self._incumbent.stage("proving" if self._size <= SMALL or self._incumbent.best() is None else "improving")
        with ThreadPoolExecutor(max_workers=self._limits.threads + 2, thread_name_prefix="search") as pool:
            if self._incumbent.best() is None and not self._halt.over:
                self._watch(pool, [self._decide])
            if self._incumbent.best() is not None and not self._halt.over:
                self._watch(pool, [*self._team(), self._raise_bound])
            self._conclude()

    def find_any(self) -> None:
        """Search until there is a schedule; say the last word only when there is none."""
        self._incumbent.stage("proving")
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="search") as pool:
            self._watch(pool, [self._decide])
            if self._incumbent.best() is None:
                self._conclude()

    def _team(self) -> list[Work]:
        """What searches at the same time."""
        threads = self._limits.threads
        special = special_search(self._incumbent.problem, self._halt.left)
        if special and (threads > 1 or self._size > MIDDLE):
            leads: list[Work] = [partial(self._lead, special, self._limits.seed + number) for number in range(threads)]
            if self._size > MIDDLE:
                return leads
            return [leads[0], partial(self._follow, threads - 1), *(partial(self._join, lead) for lead in leads[1:])]
        if self._size <= SMALL:
            return [partial(self._prove, threads)]
        if threads == 1:
            return [partial(self._take_turns, self._limits.seed)]
        if self._size <= MIDDLE:
            return [partial(self._search_lists, self._limits.seed), partial(self._prove_in_rounds, threads - 1)]
        lists = [partial(self._search_lists, self._limits.seed + number) for number in range(threads - 1)]
        return [*lists, partial(self._take_turns, self._limits.seed + threads - 1, once_cold=True)]

    def _watch(self, pool: ThreadPoolExecutor, team: list[Work]) -> None:
        """Run the team to its end; conclude without those that take long to hear that it is over.

        Raises the first thing that was raised, after all have ended and without a conclusion.
        """
        pending: set[Future[None]] = {pool.submit(work) for work in team}
        try:
            while pending:
                done, pending = wait(pending, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
                with self._halt.telling:
                    self._read_inbox()
                    for future in done:
                        future.result()
                if self._incumbent.is_within(self._limits.gap):
                    self._halt.ask()
                if self._halt.over and self._stop_solves() > self._grace and self._halt.is_all_over:
                    self._conclude()  # a conclusion is heard once: where another turn follows, a stop may still be to come
        finally:
            self._end(pending)

    @property
    def _grace(self) -> float:
        return STOP_GRACE_SECONDS if self._halt.is_stopped else GRACE_SECONDS

    def _stop_solves(self) -> float:
        """Ask every solve to stop, since when the first time in seconds. One that has not begun does not hear it: ask again."""
        for solve in tuple(self._solves):
            solve.stop()
        self._over_since = self._over_since or time.monotonic()
        return time.monotonic() - self._over_since

    def _end(self, pending: set[Future[None]]) -> None:
        """Stop whoever is still at work, and wait for it."""
        while pending:
            self._halt.ask()
            self._stop_solves()
            _, pending = wait(pending, timeout=TICK_SECONDS)

    def _read_inbox(self) -> None:
        """Do what callbacks have asked for, in that order whoever reads it."""
        with self._halt.telling:
            while not self._inbox.empty():
                self._inbox.get_nowait()()

    def _conclude(self) -> None:
        if self._is_impossible:
            self._incumbent.finish("infeasible", self._reasons)
        else:
            conclude(self._incumbent)

    def _prove(self, threads: int) -> None:
        """CP-SAT on the whole problem, from the best schedule so far, until it is done."""
        if not self._is_proven_within(self._halt.left, threads) and not self._halt.over:
            self._polish(self._limits.seed)

    def _prove_in_rounds(self, threads: int) -> None:
        """The same in rounds that double, so that each starts from what the others have found."""
        seconds = FIRST_ROUND_SECONDS
        while not self._halt.over and not self._is_proven_within(seconds, threads):
            seconds *= 2

    def _is_proven_within(self, seconds: float, threads: int) -> bool:
        """One solve of the whole problem; whether it has proved the best schedule to be as good as it has to be, which ends the
        search."""
        best = self._incumbent.best()
        schedule, objective = best or (None, None)
        kept = self._incumbent.aim if self._incumbent.is_kept else None
        formulation = build(self._grounds, incumbent=schedule, upper_bound=objective, kept=kept)
        result = self._solve(formulation, Effort(min(seconds, self._halt.left), threads, self._limits.seed), live=True)
        is_best = result.verdict == "optimal" and formulation.exactness == "exact"
        if is_best or self._incumbent.is_within(self._limits.gap):
            self._halt.ask()
            return True
        return False

    def _raise_bound(self) -> None:
        """By prices for what all orders have to share."""
        best = self._incumbent.best()
        if best is None:
            return
        began, seconds = time.monotonic(), min(BOUND_SECONDS, BOUND_SHARE * self._limits.seconds)

        def progress() -> float:
            return 1.0 if self._halt.over else (time.monotonic() - began) / seconds

        for bound in rising_bounds(self._incumbent.aimed_problem, best[0], progress):
            self._incumbent.raise_part_bound(bound)

    def _polish(self, seed: int) -> None:
        """Neighbourhoods of the best schedule, each solved by CP-SAT on one thread."""
        Polish(self._incumbent, self._grounds, seed, self._solve).run(self._is_over)

    def _lead(self, special: Special, seed: int) -> None:
        """The search that is made for such problems, and a sign once it has had its head start."""
        search = special(self._incumbent, seed)
        try:
            search.run(partial(self._is_over, time.monotonic() + HEAD_START_SECONDS))
        finally:
            self._has_head_start.set()
        search.run(self._is_over)

    def _follow(self, threads: int) -> None:
        """CP-SAT in rounds, from what the other finds first: the better that is, the less there is to look through."""
        self._has_head_start.wait()
        problem = self._incumbent.problem
        is_flexible = any(len(operation.modes) > 1 for operation in problem.operations)
        few = HOPELESS_FLEXIBLE if is_flexible else HOPELESS_OPERATIONS
        if is_plain_shop(problem) and len(problem.operations) > few:
            if self._is_proven_within(FIRST_ROUND_SECONDS, threads):
                return
            if not self._incumbent.is_within(HOPELESS_GAP):
                self._is_hopeless.set()
                return
        self._prove_in_rounds(threads)

    def _join(self, lead: Work) -> None:
        """Another such search in place of CP-SAT, once that is hopeless."""
        while not self._halt.over:
            if self._is_hopeless.wait(TICK_SECONDS):
                lead()
                return

    def _search_lists(self, seed: int) -> None:
        """Local search over the decoder; neighbourhoods once it has nothing to change."""
        ListSearch(self._incumbent, seed, self._halt.left, self._urgings).run(self._is_over)
        self._polish(seed)

    def _take_turns(self, seed: int, *, once_cold: bool = False) -> None:
        """Local search over the decoder and neighbourhoods in turn; with `once_cold` not before the former has cooled down. The
        less that finds, the longer it rests."""
        lists = ListSearch(self._incumbent, seed, self._halt.left, self._urgings)
        polish = Polish(self._incumbent, self._grounds, seed, self._solve)
        turns, until = 1, lists.cold_at if once_cold else time.monotonic() + TURN_SECONDS
        while polish.can_move and not self._halt.over:
            has_improved = lists.run(partial(self._is_over, until))
            turns = 1 if has_improved else turns * 2
            polish.run(partial(self._is_over, time.monotonic() + turns * TURN_SECONDS))
            until = time.monotonic() + TURN_SECONDS

    def _is_over(self, until: float = inf) -> bool:
        return self._halt.over or time.monotonic() > until

    def _decide(self) -> None:
        """Is there a schedule at all? CP-SAT on the whole problem; that there is none counts only when it is found twice."""
        formulation = build(self._grounds)
        any_will_do = self._size > SMALL or self._limits.iterations is not None  # where steps are counted those improve it
        effort = Effort(self._halt.left, self._limits.threads, self._limits.seed, first_only=any_will_do)
        result = self._solve(formulation, effort, live=True)
        if result.verdict != "infeasible" or formulation.exactness != "exact":
            return
        again = Effort(self._halt.left, 1, self._limits.seed + 1, presolve=False)
        if self._solve(build(self._grounds), again).verdict == "infeasible":
            self._is_impossible = True
            self._reasons = explain(self._grounds.problem, self._is_possible)

    def _is_possible(self, problem: Problem) -> bool:
        """Whether a schedule for a weaker problem turns up in a moment."""
        if self._halt.over:
            return False
        effort = Effort(min(PROBE_SECONDS, self._halt.left), self._limits.threads, self._limits.seed, first_only=True)
        return self._solve(build(Grounds.of(problem)), effort).picks is not None

    def _solve(self, formulation: Formulation, effort: Effort, *, live: bool = False) -> Result:
        """One solve that can be stopped. `live`, for the whole problem: what it finds is told at once, and its bound."""
        solve = Solve(formulation, effort)
        self._solves.add(solve)
        try:
            return self._solve_live(solve) if live else solve.run()
        finally:
            self._solves.discard(solve)

    def _solve_live(self, solve: Solve) -> Result:
        formulation = solve.formulation
        raise_bound = self._raiser(formulation)
        result = solve.run(
            on_picks=lambda picks: self._inbox.put(partial(self._take, formulation, picks)),
            on_bound=raise_bound and (lambda bound: self._inbox.put(partial(raise_bound, bound))),
        )
        if result.picks is not None:
            self._inbox.put(partial(self._take, formulation, result.picks))
        self._read_inbox()  # what was found on the way is told in any case, and before what was found last
        if raise_bound is not None and result.bound is not None:
            raise_bound(result.bound)
        return result

    def _raiser(self, formulation: Formulation) -> Callable[[int], None] | None:
        """What a bound of the formulation is a bound of."""
        incumbent = self._incumbent
        if formulation.exactness == "kept" and (aim := incumbent.aim):
            return lambda bound: incumbent.raise_part_bound(bound - aim.guarded)
        return incumbent.raise_bound if formulation.exactness == "exact" else None

    def _take(self, formulation: Formulation, picks: Picks) -> None:
        self._incumbent.offer(extract(formulation, picks), "CP-SAT")


def special_search(problem: Problem, seconds: float) -> Special | None:
    """The search that knows everything that binds, where there is one, for so many seconds at most."""
    if is_plain_shop(problem):
        if len(problem.operations) >= LARGE:
            return partial(SectionSearch, until=time.monotonic() + seconds, board=Board())
        return partial(ShopSearch, elites=Elites())
    return ProjectSearch if is_project(problem) else None


def literals(grounds: Grounds) -> int:
    """About how many literals the formulation of the whole problem has: ways, changeovers and crews."""
    problem = grounds.problem
    free = [operation for operation in problem.operations if operation.id not in grounds.facts]
    count = sum(len(operation.modes) * (PATTERNS if operation.may_pause else 1) for operation in free)
    count += sum(crew not in grounds.pools for operation in free for crew in operation.crew) * len(problem.operators)
    rivals = Counter(machine for operation in free for machine in {mode.machine for mode in operation.modes})
    return count + sum(rivals[machine.id] ** 2 for machine in problem.machines if machine.setup_matrix is not None)
