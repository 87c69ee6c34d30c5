"""Job shop and flexible job shop text.

Job shop: a line “orders machines”, then for each order one line of (machine, ticks) pairs, machines from 0.
Flexible:  a line “orders machines [average]”, then for each order one line: how many operations, and for each of them how many
alternatives and as many (machine, ticks) pairs, machines from 1.
"""

from __future__ import annotations

from solver.instances.faults import FaultList
from solver.instances.numbers import NumberLine, content_lines, number_lines, whole_numbers
from solver.instances.shopfloor import Alternatives, Shop
from solver.problem import Problem


def parse_job_shop(text: str, name: str) -> Problem:
    """Raises InstanceFormatError with every fault."""
    return _parse(text, name, _JobShopRow())


def parse_flexible_shop(text: str, name: str) -> Problem:
    """Raises InstanceFormatError with every fault."""
    return _parse(text, name, _FlexibleRow())


class _JobShopRow:
    """One order of a job shop."""

    header_words = (2,)

    def read(self, line: NumberLine, machines: int, faults: FaultList) -> list[Alternatives]:
        if len(line.values) != 2 * machines:
            faults.at(line.number, f"{len(line.values)} numbers, but {machines} machine and duration pairs are {2 * machines}.")
            return []
        pairs = list(zip(line.values[::2], line.values[1::2], strict=True))
        for machine, _ in pairs:
            if machine >= machines:
                faults.at(line.number, f"Machine {machine} does not exist; machines are 0 to {machines - 1}.")
        twice = sorted({machine for machine, _ in pairs if sum(other == machine for other, _ in pairs) > 1})
        if twice:
            faults.at(line.number, f"Machine {twice[0]} is visited twice.")
        return [((machine, ticks),) for machine, ticks in pairs]


class _FlexibleRow:
    """One order of a flexible job shop."""

    header_words = (2, 3)

    def read(self, line: NumberLine, machines: int, faults: FaultList) -> list[Alternatives]:
        values, position, operations = line.values, 1, []
        for number in range(1, values[0] + 1):
            if position >= len(values):
                faults.at(line.number, f"{values[0]} operations are announced, but the line ends before operation {number}.")
                return []
            end = position + 1 + 2 * values[position]
            alternatives = tuple(zip(values[position + 1 : end : 2], values[position + 2 : end : 2], strict=False))
            if not alternatives or len(alternatives) < values[position]:
                faults.at(line.number, f"Operation {number} has {len(alternatives)} of its {values[position]} alternatives.")
                return []
            operations.append(self._from_zero(alternatives, machines, line.number, faults))
            position = end
        if position < len(values):
            faults.at(line.number, f"{len(values) - position} numbers are left over after {values[0]} operations.")
        if not operations:
            faults.at(line.number, "The order has no operations.")
        return operations

    def _from_zero(self, alternatives: Alternatives, machines: int, line: int, faults: FaultList) -> Alternatives:
        named = [machine for machine, _ in alternatives]
        for machine in named:
            if not 1 <= machine <= machines:
                faults.at(line, f"Machine {machine} does not exist; machines are 1 to {machines}.")
        if len(set(named)) < len(named):
            faults.at(line, "An operation names the same machine twice.")
        return tuple((machine - 1, ticks) for machine, ticks in alternatives)


def _parse(text: str, name: str, row: _JobShopRow | _FlexibleRow) -> Problem:
    faults = FaultList()
    orders, machines, body = _header(text, row.header_words, faults)
    faults.raise_if_any()
    rows = number_lines(body, faults)
    if not faults.sentences and len(rows) != orders:
        faults.add(f"The first line announces {orders} orders, but {len(rows)} lines follow it.")
    routes = tuple(row.read(line, machines, faults) for line in rows)
    faults.raise_if_any()
    return Shop(name, machines, routes).problem()


def _header(text: str, allowed_words: tuple[int, ...], faults: FaultList) -> tuple[int, int, str]:
    """Orders, machines, and the text with its header blanked so that later lines keep their numbers."""
    first = next(content_lines(text), None)
    if first is None:
        faults.add("The file is empty.")
        return 0, 0, ""
    number, line = first
    words = line.split()
    if len(words) not in allowed_words:
        faults.at(number, "The first line must say how many orders and how many machines there are.")
        return 0, 0, ""
    sizes = whole_numbers(words[:2], number, faults)  # a third word is an average, which may have decimals
    if sizes is None:
        return 0, 0, ""
    if 0 in sizes:
        faults.at(number, "There must be at least one order and one machine.")
    return sizes[0], sizes[1], "\n" * number + "\n".join(text.splitlines()[number:])
