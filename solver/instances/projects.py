"""Resource-constrained projects: PSPLIB `.sm` and Patterson `.rcp`.

An activity needs amounts of several renewable resources at once, a Problem's operation needs one machine and people. So each
unit of a resource becomes an operator who is always on shift and has that resource as their only skill, a demand becomes a crew
for the whole operation, and all activities run on one machine with room for all of them. People who are alike are
interchangeable, so the two describe the same schedules. Activities without duration (the dummy source and sink) are left out;
what they order stays ordered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from solver.instances.faults import FaultList
from solver.instances.numbers import NumberLine, NumberStream, content_lines, number_lines, whole_numbers
from solver.instances.shopfloor import EPOCH
from solver.problem import Crew, Machine, Mode, Operation, Operator, Order, Precedence, Problem, SkillLevel, WorkCell


@dataclass(slots=True)
class _Activity:
    line: int
    duration: int = 0
    demands: tuple[int, ...] = ()
    successors: tuple[int, ...] = ()


@dataclass(slots=True)
class _Project:
    """Activities are numbered from 1, as the files do."""

    capacities: tuple[int, ...] = ()
    activities: dict[int, _Activity] = field(default_factory=dict)


def parse_patterson(text: str, name: str) -> Problem:
    """Raises InstanceFormatError with every fault. Rows may wrap over several lines."""
    faults = FaultList()
    stream = NumberStream(number_lines(text, faults))
    faults.raise_if_any()
    project = _Project()
    sizes = stream.take(2)
    project.capacities = (stream.take(sizes[1]) if sizes else None) or ()
    if not sizes or not project.capacities:
        faults.add("The file must begin with the numbers of activities and resources and the capacity of each resource.")
        faults.raise_if_any()
        return _problem(project, name)
    for number in range(1, sizes[0] + 1):
        line = stream.line
        row = stream.take(sizes[1] + 2)
        successors = stream.take(row[-1]) if row else None
        if not row or successors is None:
            faults.at(line, f"The file ends within activity {number} of {sizes[0]}.")
            break
        project.activities[number] = _Activity(line, row[0], row[1:-1], successors)
    if stream.left and not faults.sentences:
        faults.at(stream.line, f"{stream.left} numbers are left over after {sizes[0]} activities.")
    _check(project, faults)
    faults.raise_if_any()
    return _problem(project, name)


def parse_psplib(text: str, name: str) -> Problem:
    """The sections of a `.sm` file. Raises InstanceFormatError with every fault."""
    faults = FaultList()
    sections = _sections(text, faults)
    project = _Project()
    _read_successors(sections.get("PRECEDENCE RELATIONS", []), project, faults)
    _read_demands(sections.get("REQUESTS/DURATIONS", []), project, faults)
    capacities = sections.get("RESOURCEAVAILABILITIES", [])
    if len(capacities) == 1:
        project.capacities = capacities[0].values
    for title in ("PRECEDENCE RELATIONS", "REQUESTS/DURATIONS", "RESOURCEAVAILABILITIES"):
        if not sections.get(title):
            faults.add(f"The section “{title}” is missing or empty.")
    if re.search(r"^\s*-\s*(nonrenewable|doubly constrained)\s*:\s*[1-9]", text, re.MULTILINE):
        faults.add("Nonrenewable resources cannot be represented; only renewable ones can.")
    faults.raise_if_any()
    _check(project, faults)
    faults.raise_if_any()
    return _problem(project, name)


_TITLES = ("PROJECT INFORMATION", "PRECEDENCE RELATIONS", "REQUESTS/DURATIONS", "RESOURCEAVAILABILITIES")


def _sections(text: str, faults: FaultList) -> dict[str, list[NumberLine]]:
    """The lines of numbers under each title; column headings, rules of stars and dashes and the preamble are skipped."""
    sections: dict[str, list[NumberLine]] = {}
    current: list[NumberLine] | None = None
    for number, line in content_lines(text):
        title = line.rstrip(":").strip().upper()
        if title in _TITLES:
            current = sections.setdefault(title, [])
        elif set(line) <= {"*"}:
            current = None
        elif current is not None and line[0] != "-" and not line[0].isalpha():
            values = whole_numbers(line.split(), number, faults)
            if values is not None:
                current.append(NumberLine(number, values))
    return sections


def _read_successors(lines: list[NumberLine], project: _Project, faults: FaultList) -> None:
    for line in lines:
        values = line.values
        if len(values) < 3 or len(values) != 3 + values[2]:
            faults.at(line.number, "A row must be: activity, number of modes, number of successors, and the successors.")
        elif values[1] != 1:
            faults.at(line.number, f"Activity {values[0]} has {values[1]} modes; only one can be represented.")
        elif values[0] in project.activities:
            faults.at(line.number, f"Activity {values[0]} is listed twice.")
        else:
            project.activities[values[0]] = _Activity(line.number, successors=values[3:])


def _read_demands(lines: list[NumberLine], project: _Project, faults: FaultList) -> None:
    seen: set[int] = set()
    for line in lines:
        if len(line.values) < 4:
            faults.at(line.number, "A row must be: activity, mode, duration, and the demand for each resource.")
        elif line.values[0] not in project.activities or line.values[0] in seen:
            faults.at(line.number, f"Activity {line.values[0]} has no precedence row or is listed twice.")
        else:
            seen.add(line.values[0])
            activity = project.activities[line.values[0]]
            activity.line, activity.duration, activity.demands = line.number, line.values[2], line.values[3:]
    if lines:
        for number in sorted(project.activities.keys() - seen):
            faults.add(f"Activity {number} has no row with its duration and demands.")


def _check(project: _Project, faults: FaultList) -> None:
    available = project.capacities
    for number, activity in project.activities.items():
        line, subject = activity.line, f"Activity {number}"
        if len(activity.demands) != len(available):
            faults.at(line, f"{subject} has {len(activity.demands)} demands for {len(available)} resources.")
        for resource, (demand, capacity) in enumerate(zip(activity.demands, available, strict=False), start=1):
            if demand > capacity:
                faults.at(line, f"{subject} needs {demand} of resource {resource}, of which there are {capacity}.")
        for successor in activity.successors:
            if successor not in project.activities:
                faults.at(line, f"{subject} has the successor {successor}, which does not exist.")
    if not any(activity.duration for activity in project.activities.values()):
        faults.add("No activity takes any time.")


def _problem(project: _Project, name: str) -> Problem:
    real = {number: activity for number, activity in project.activities.items() if activity.duration}
    horizon = sum(activity.duration for activity in real.values())
    always: tuple[tuple[int, int]] = ((0, horizon),)
    return Problem(
        name=name,
        epoch=EPOCH,
        horizon=horizon,
        cells=(WorkCell("project", "Project"),),
        machines=(Machine("site", "Site", "project", always, capacity=len(real)),),
        orders=(Order("project", "Project"),),
        operations=tuple(_operation(number, activity) for number, activity in real.items()),
        precedences=tuple(
            Precedence(_activity_id(before), _activity_id(after))
            for before in real
            for after in _real_successors(project, before)
        ),
        operators=tuple(
            Operator(f"resource-{resource}-{unit}", f"Resource {resource}, unit {unit}", always, (SkillLevel(_skill(resource)),))
            for resource, capacity in enumerate(project.capacities, start=1)
            for unit in range(1, capacity + 1)
        ),
    )


def _operation(number: int, activity: _Activity) -> Operation:
    return Operation(
        id=_activity_id(number),
        name=f"Activity {number}",
        order="project",
        cell="project",
        modes=(Mode("site", activity.duration),),
        crew=tuple(Crew(_skill(resource), count=demand) for resource, demand in enumerate(activity.demands, start=1) if demand),
    )


def _real_successors(project: _Project, number: int) -> Sequence[int]:
    """The next activities with a duration, through those without."""
    found: dict[int, None] = {}
    seen: set[int] = set()
    waiting = list(project.activities[number].successors)
    while waiting:
        successor = waiting.pop()
        if successor in seen:
            continue
        seen.add(successor)
        if project.activities[successor].duration:
            found[successor] = None
        else:
            waiting += project.activities[successor].successors
    return sorted(found)


def _activity_id(number: int) -> str:
    return f"activity-{number}"


def _skill(resource: int) -> str:
    return f"resource-{resource}"
