"""Counts what the fault tests try, and prints the table at the end of the session. tests/conftest.py makes pytest listen to it.

Under xdist the counts travel with the test reports, so that the controller has them all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PROPERTY = "fault"
HEAD = ("fault", "tries", "recovered", "p50 s", "p95 s", "max s", "limit s", "violations")


@dataclass
class Tally:
    """The tries of one fault. `limit`: the seconds within which 95 % have to be over, None where time is not the question."""

    number: str
    name: str
    limit: float | None
    is_full: bool
    tries: int = 0
    seconds: list[float] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def count(self, *, quick: int, full: int) -> range:
        """How often to try: a few times in every test run, all of it with --faults."""
        return range(full if self.is_full else quick)

    def begin(self) -> None:
        """One more try."""
        self.tries += 1

    def recovered(self, seconds: float) -> None:
        """The try that has begun came to a good end within `seconds`."""
        self.seconds.append(seconds)

    def percentile(self, share: float) -> float:
        """The time within which `share` of the tries were over (nearest rank); NaN without any."""
        ordered = sorted(self.seconds)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan

    def assert_recovered(self, worst: float | None = None) -> None:
        """Every try has recovered, 95 % of them within the limit and all of them within `worst` seconds."""
        assert len(self.seconds) == self.tries > 0, f"{len(self.seconds)} of {self.tries} recovered"
        assert self.limit is None or self.percentile(0.95) <= self.limit, f"took {sorted(self.seconds)}"
        assert worst is None or max(self.seconds) <= worst, f"took {sorted(self.seconds)}"

    def row(self) -> tuple[str, ...]:
        """As the table shows it."""
        shown = [f"{self.percentile(share):.1f}" if self.seconds else "–" for share in (0.5, 0.95, 1.0)]
        limit = "–" if self.limit is None else f"{self.limit:g}"
        counts = (str(self.tries), str(len(self.seconds)))
        return (f"{self.number} {self.name}", *counts, *shown, limit, str(len(self.violations)))


class Collected:
    """The plugin of the process that prints."""

    def __init__(self) -> None:
        self.tallies: list[Tally] = []
        self.seconds = 0.0  # that their tests took together, with what they needed before and after
        self._took: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._took[report.nodeid] = self._took.get(report.nodeid, 0.0) + report.duration
        counts = [counted for name, counted in report.user_properties if name == PROPERTY]
        if report.when == "teardown" and counts:
            self.tallies += [Tally(**counted) for counted in counts]  # type: ignore[arg-type] # ours
            self.seconds += self._took[report.nodeid]

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        if not self.tallies:
            return
        lines = as_table(sorted(self.tallies, key=lambda counted: (counted.number, counted.name)))
        lines[-1] += f", {self.seconds:.0f} s"
        terminalreporter.section("injected faults")
        for line in lines:
            terminalreporter.write_line(line)
        file = config.getoption("--faults-report")
        if file:
            Path(file).write_text("\n".join(lines) + "\n")


def as_table(tallies: Sequence[Tally]) -> list[str]:
    """Markdown, so that it can be quoted as it is."""
    rows = [HEAD, *(counted.row() for counted in tallies)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]

    def line(cells: Sequence[str]) -> str:
        first, *others = cells
        padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        return f"| {' | '.join(padded)} |"

    ruler = line(["-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])])
    total = sum(len(counted.violations) for counted in tallies)
    return [line(rows[0]), ruler, *(line(row) for row in rows[1:]), "", f"{len(tallies)} faults, {total} violations"]


def add_options(parser: pytest.Parser) -> None:
    """--faults and --faults-report."""
    group = parser.getgroup("faults")
    group.addoption("--faults", action="store_true", help="only the tests that break things, with all their tries")
    group.addoption("--faults-report", metavar="FILE", help="write the table of injected faults to a file too")


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --faults only the marked tests; every test in tests/faults must be marked, and every marked one has to be counted."""
    here = Path(__file__).parent
    marked = [item for item in items if item.get_closest_marker(PROPERTY)]
    uncounted = [item.nodeid for item in marked if "tally" not in getattr(item, "fixturenames", ())]
    if uncounted:
        raise pytest.UsageError(f"a fault without the fixture tally: {', '.join(uncounted)}")
    unmarked = [item.nodeid for item in items if here in item.path.parents and item not in marked]
    if unmarked:
        raise pytest.UsageError(f"without @pytest.mark.fault: {', '.join(unmarked)}")
    if config.getoption("--faults"):
        config.hook.pytest_deselected(items=[item for item in items if item not in marked])
        items[:] = marked
