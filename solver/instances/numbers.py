"""Numbers of a text, each with the line that it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from solver.instances.faults import FaultList

MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class NumberLine:
    """The integers of one line; `number` counts lines from 1."""

    number: int
    values: tuple[int, ...]


def content_lines(text: str) -> Iterator[tuple[int, str]]:
    """Line number and stripped text of every line that is neither empty nor a # comment."""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def whole_numbers(words: list[str], line: int, faults: FaultList) -> tuple[int, ...] | None:
    """The words as integers, or None after noting each that is not a whole number of zero or more."""
    wrong = [word for word in words if not (word.isascii() and word.isdigit())]
    for word in wrong:
        faults.at(line, f"“{word}” is not a whole number of zero or more.")
    long = [word for word in words if len(word) > MOST_DIGITS]
    for word in long:
        faults.at(line, f"“{word[:MOST_DIGITS]}…” has more than {MOST_DIGITS} digits.")
    return None if wrong or long else tuple(int(word) for word in words)


def number_lines(text: str, faults: FaultList) -> list[NumberLine]:
    """Every content line that consists of whole numbers; the others become faults."""
    lines = []
    for number, line in content_lines(text):
        values = whole_numbers(line.split(), number, faults)
        if values is not None:
            lines.append(NumberLine(number, values))
    return lines


class NumberStream:
    """The same numbers without regard to where lines break, for formats that let long rows wrap."""

    def __init__(self, lines: list[NumberLine]) -> None:
        self._numbers = [(value, line.number) for line in lines for value in line.values]
        self._next = 0

    @property
    def line(self) -> int:
        """The line of the number that comes next, or of the last one at the end."""
        if not self._numbers:
            return 1
        return self._numbers[min(self._next, len(self._numbers) - 1)][1]

    @property
    def left(self) -> int:
        """How many numbers have not been taken yet."""
        return len(self._numbers) - self._next

    def take(self, count: int) -> tuple[int, ...] | None:
        """The next `count` numbers, or None when fewer are left."""
        if count > self.left:
            return None
        taken = tuple(value for value, _ in self._numbers[self._next : self._next + count])
        self._next += count
        return taken
