"""The command line of the search.

    python -m solver solve FILE [--seconds S | --until INSTANT] [--threads T] [--seed N] [--gap G] [--iterations N] [--out FILE]
    python -m solver verify PROBLEM SCHEDULE
    python -m solver diagnose FILE
    python -m solver bench SET [--seconds S] [--threads T] [--seed N] [--peer NAME …] [--instances FOLDER] [--largest N]
                               [--out FILE]

Exit codes: 0 what was asked for is so (a schedule was found, no rule is broken, no fault was found); 1 it is not; 2 the command
or a file cannot be understood; 3 the search itself has failed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from solver.bench.contest import CONTESTANTS, PEERS
from solver.bench.first import firsts
from solver.bench.first import table as first_table
from solver.bench.halt import all_halts
from solver.bench.halt import table as halt_table
from solver.bench.repairs import CHANGES, Case, published, repaired
from solver.bench.repairs import table as repair_table
from solver.bench.report import Row, table
from solver.bench.sets import FIRST, HALT, LARGEST_PLANT, NAMES, PLANT_SIZES, REPAIR, instances
from solver.diagnose import RefusedProblem, diagnose
from solver.events import Event, Finished, Improved, event_to_json
from solver.garbage import collecting_later
from solver.instances import InstanceFormatError, read_instance
from solver.limits import Limits
from solver.problem import Problem, ProblemFormatError
from solver.schedule import Schedule, ScheduleFormatError
from solver.search import search
from solver.verify import rule_by_rule

EXIT_YES, EXIT_NO, EXIT_UNREADABLE, EXIT_FAILED = 0, 1, 2, 3

Number = TypeVar("Number", int, float)

_EPILOG = """\
FILE is a problem as JSON (docs/problem-format.md) or a public instance: job shop or flexible job shop text, the same with
changeovers as JSON, PSPLIB .sm or Patterson .rcp.

exit codes:
  0  a schedule was found; no rule is broken; no fault was found
  1  there is no schedule, or none was found in time; a rule is broken; there are faults
  2  the command is wrong, or a file cannot be read or is not what it should be: also a problem that says what nobody can mean
  3  the search has failed; what it has found until then is in --out
"""


class Unreadable(Exception):
    """A file that cannot be read or is not what it should be; `reasons` are sentences."""

    def __init__(self, path: Path, reasons: Sequence[str]) -> None:
        super().__init__(f"{path}: {'; '.join(reasons)}")
        self.path = path
        self.reasons = tuple(reasons)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        code = command(options)
        sys.stdout.flush()
    except Unreadable as error:
        for reason in error.reasons:
            sys.stderr.write(f"{error.path}: {reason}\n")
        return EXIT_UNREADABLE
    except BrokenPipeError:  # whoever listened has heard enough; Python would complain at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_NO
    return code


def solve(options: argparse.Namespace) -> int:
    """Search, one JSON line per event; the events of schedules go without the schedule itself, which `--out` gets."""
    problem = load_problem(options.file)
    if options.out is not None:
        _check_folder(options.out)
    limits = Limits(_budget(options), options.threads, options.seed, gap=options.gap, iterations=options.iterations)
    stop = threading.Event()
    found = _Best(stop)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _signal, _frame: stop.set())
    # on a side thread, so that the main one can hear the signals
    thread = threading.Thread(target=found.search, args=(problem, limits))
    thread.start()
    thread.join()
    if found.schedule is not None and options.out is not None:
        _write(options.out, found.schedule)
    if found.refusal is not None:
        raise Unreadable(options.file, [fault.message for fault in found.refusal.faults])
    if not found.is_finished:
        return EXIT_FAILED  # the traceback is on stderr
    return EXIT_NO if found.schedule is None else EXIT_YES


def _budget(options: argparse.Namespace) -> float:
    """The seconds that a search has that begins now."""
    return float(options.seconds) if options.until is None else max(0.0, options.until - time.monotonic())


class _Best:
    """Tells every event and keeps the best schedule. When nobody listens any more, it stops the search once there is one."""

    def __init__(self, stop: threading.Event) -> None:
        self.schedule: Schedule | None = None
        self.is_finished = False
        self.refusal: RefusedProblem | None = None
        self._stop = stop

    def search(self, problem: Problem, limits: Limits) -> None:
        try:
            with collecting_later(self.hear) as hear:
                search(problem, limits, hear, self._stop)
        except RefusedProblem as refusal:
            self.refusal = refusal

    def hear(self, event: Event) -> None:
        if isinstance(event, Improved):
            self.schedule = event.schedule
            told = event_to_json(replace(event, schedule=Schedule(())))  # a large one takes long to write
            del told["schedule"]
        else:
            told = event_to_json(event)
        self.is_finished = isinstance(event, Finished)
        try:
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            if self.schedule is not None:  # a stop before that would leave nothing to keep
                self._stop.set()


def verify_schedule(options: argparse.Namespace) -> int:
    """One line for each broken rule."""
    problem = load_problem(options.problem)
    try:
        schedule = Schedule.from_json(_json(options.schedule, _text(options.schedule)))
    except ScheduleFormatError as error:
        raise Unreadable(options.schedule, [str(fault) for fault in error.faults]) from error
    violations = rule_by_rule(problem, schedule)  # nobody has said that the problem makes sense
    for violation in violations:
        sys.stdout.write(f"{violation.rule}: {violation.message}\n")
    return EXIT_NO if violations else EXIT_YES


def diagnose_problem(options: argparse.Namespace) -> int:
    """One line for each fault."""
    faults = diagnose(load_problem(options.file))
    for fault in faults:
        sys.stdout.write(f"{fault.code}: {fault.message}\n")
    return EXIT_NO if faults else EXIT_YES


def bench(options: argparse.Namespace) -> int:
    """The table of a set is on stdout, and in `--out`."""
    text = _table_of(options)
    sys.stdout.write(text)
    if options.out is not None:
        options.out.write_text(text, encoding="utf-8")
    return EXIT_YES


def _table_of(options: argparse.Namespace) -> str:
    if options.set == FIRST:
        return first_table(firsts())
    if options.set == HALT:
        return halt_table(list(all_halts(options.threads, options.seed)))
    return _repair_table(options) if options.set == REPAIR else _contest_table(options)


def _repair_table(options: argparse.Namespace) -> str:
    """Every change of plants of every size."""
    limits = Limits(seconds=options.seconds, threads=options.threads, seed=options.seed)
    cases: list[Case] = []
    for size in PLANT_SIZES:
        problem = published(size, options.seed)
        for change, changed in CHANGES.items():
            cases.append(repaired(changed(problem), change, limits))
            sys.stderr.write(f"{size}, {change}: {cases[-1].last}\n")
    return repair_table(cases)


def _contest_table(options: argparse.Namespace) -> str:
    """Every instance, our search and the peers in turns."""
    rows: list[Row] = []
    contestants = ["ours", *options.peer]
    try:
        chosen = instances(options.set, options.instances, options.largest)
        for instance in chosen:
            problem = instance.make()
            results = {who: CONTESTANTS[who](problem, options.seconds, options.threads, options.seed) for who in contestants}
            rows.append((instance, results))
            sys.stderr.write(f"{instance.name}: {', '.join(f'{who} {result.objective}' for who, result in results.items())}\n")
    except ValueError as error:
        raise Unreadable(Path(options.set), [str(error)]) from error
    except OSError as error:
        raise Unreadable(Path(error.filename), [error.strerror or str(error)]) from error
    return table(rows)


def load_problem(path: Path) -> Problem:
    """The Problem in a file of any known format. Raises Unreadable with every fault."""
    text = _text(path)
    try:
        if path.suffix == ".json" or text.lstrip().startswith("{"):
            data = _json(path, text)
            if isinstance(data, dict) and "schema" in data:
                return Problem.from_json(data)
        return read_instance(path)
    except ProblemFormatError as error:
        raise Unreadable(path, [str(fault) for fault in error.faults]) from error
    except InstanceFormatError as error:
        raise Unreadable(path, error.faults) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(path, [error.strerror or str(error)]) from error
    except UnicodeDecodeError as error:
        raise Unreadable(path, [f"The file is not text: byte {error.start} is not UTF-8."]) from error


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(path, [f"Line {error.lineno}: This is not JSON: {error.msg}."]) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(path, ["A number in this JSON is too long, or its lists lie too deep in one another."]) from error


def _check_folder(path: Path) -> None:
    """Before the search, since what is found could not be kept after it. Raises Unreadable."""
    if path.is_dir():
        raise Unreadable(path, ["This is a folder."])
    if not path.parent.is_dir():
        raise Unreadable(path, ["There is no such folder to write into."])


def _write(path: Path, schedule: Schedule) -> None:
    try:
        path.write_text(json.dumps(schedule.to_json(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise Unreadable(path, [error.strerror or str(error)]) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m solver",
        description="Plan a factory's work from the command line.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    solving = commands.add_parser("solve", help="search for the best schedule, one JSON line per event")
    solving.add_argument("file", type=Path, metavar="FILE")
    budget = solving.add_mutually_exclusive_group()
    budget.add_argument("--seconds", type=_seconds, default=60.0, help="wall clock (60)")
    budget.add_argument("--until", type=_instant, metavar="INSTANT", help="at which the time is up, by the monotonic clock")
    solving.add_argument("--threads", type=_count, default=2, help="search threads (2)")
    solving.add_argument("--seed", type=_seed, default=1, help="of everything random (1)")
    solving.add_argument("--gap", type=_share, default=0.0, help="relative distance to the bound that is good enough (0)")
    solving.add_argument(
        "--iterations",
        type=_count,
        metavar="N",
        help="so many steps of local search on one thread, which give the same schedule again, and --seconds at most",
    )
    solving.add_argument("--out", type=Path, metavar="FILE", help="where the schedule goes, as JSON")
    solving.set_defaults(command=solve)
    verifying = commands.add_parser("verify", help="list every rule that a schedule breaks")
    verifying.add_argument("problem", type=Path, metavar="PROBLEM")
    verifying.add_argument("schedule", type=Path, metavar="SCHEDULE")
    verifying.set_defaults(command=verify_schedule)
    benching = commands.add_parser("bench", help="compare the search with another on a set of instances")
    benching.add_argument(
        "set",
        choices=(*NAMES, REPAIR, FIRST, HALT),
        metavar="SET",
        help=f"{', '.join(NAMES)}; {REPAIR}: published plans after a change; {FIRST}: how soon there is a plan; "
        f"{HALT}: how soon a search ends when it shall",
    )
    benching.add_argument("--seconds", type=_seconds, default=30.0, help="wall clock for each run (30)")
    benching.add_argument("--threads", type=_count, default=2, help="threads of each contestant (2)")
    benching.add_argument("--seed", type=_seed, default=1, help="of everything random (1)")
    benching.add_argument("--peer", choices=tuple(PEERS), nargs="+", default=[], help="whom to run in turns with ours")
    benching.add_argument("--instances", type=Path, metavar="FOLDER", help="where the files of public instances are")
    benching.add_argument("--largest", type=_count, default=LARGEST_PLANT, metavar="N", help="operations of a plant at most")
    benching.add_argument("--out", type=Path, metavar="FILE", help="where the table goes as well")
    benching.set_defaults(command=bench)
    diagnosing = commands.add_parser("diagnose", help="list every fault of a problem")
    diagnosing.add_argument("file", type=Path, metavar="FILE")
    diagnosing.set_defaults(command=diagnose_problem)
    return parser


def _seconds(text: str) -> float:
    return _number(text, float, lambda seconds: 0 < seconds < float("inf"), "It must be a number of seconds above 0")


def _instant(text: str) -> float:
    return _number(text, float, isfinite, "It must be an instant in seconds")


def _count(text: str) -> int:
    return _number(text, int, lambda count: count > 0, "It must be a whole number of at least 1")


def _seed(text: str) -> int:
    return _number(text, int, lambda _: True, "It must be a whole number")


def _share(text: str) -> float:
    return _number(text, float, lambda share: 0 <= share <= 1, "It must be a number from 0 to 1")


def _number(text: str, kind: Callable[[str], Number], is_allowed: Callable[[Number], bool], wanted: str) -> Number:
    """Raises ArgumentTypeError when it is not a number of the kind that is wanted."""
    try:
        number = kind(text)
    except ValueError:
        number = None
    if number is None or not is_allowed(number):
        raise argparse.ArgumentTypeError(f"{wanted}, not “{text}”.")
    return number


if __name__ == "__main__":
    sys.exit(main())
