"""Rows of the demo's calendars, families, cells, machines and people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import product
from typing import TypeVar

from plant.demo.axis import Axis
from plant.demo.tables import Table
from plant.models import (
    Absence,
    Calendar,
    CalendarException,
    Downtime,
    Machine,
    MachineGroup,
    Operator,
    OperatorSkill,
    SetupFamily,
    SetupMatrix,
    SetupTime,
    Shift,
    Skill,
    WorkCell,
)

Coded = TypeVar("Coded", SetupFamily, MachineGroup, Skill)

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes the rows of one plant table, for `scale` halls with the machines and people that it lists."""

    table: Table
    axis: Axis
    scale: int

    def build(self) -> None:
        """Insert everything."""
        calendars = self._calendars()
        self._exceptions(calendars)
        families = _by_code(SetupFamily, self.table["families"])
        matrices = self._matrices(families)
        groups = _by_code(MachineGroup, self._groups_of_all_halls())
        for position, row in enumerate(self.table["cell"]):
            self._cell(position, row, calendars, _Setups(families, matrices, groups))
        self._downtimes()
        self._people(calendars, _by_code(Skill, self.table["skills"]))
        self._absences()

    def _groups_of_all_halls(self) -> dict[str, str]:
        halls = range(1, self.scale + 1)
        return {in_hall(code, hall): in_hall(name, hall) for hall in halls for code, name in self.table["groups"].items()}

    def _calendars(self) -> dict[str, Calendar]:
        made: dict[str, Calendar] = {}
        shifts: list[Shift] = []
        for row in self.table["calendar"]:
            calendar = Calendar.objects.create(
                name=row["name"],
                cycle_weeks=len(row["weeks"]),
                cycle_anchor=self.axis.monday,
                observes_holidays=row.get("observes_holidays", True),
            )
            made[calendar.name] = calendar
            for week, texts in enumerate(row["weeks"], start=1):
                shifts += [shift for text in texts for shift in _shifts(calendar, week, text)]
        Shift.objects.bulk_create(shifts)
        return made

    def _exceptions(self, calendars: dict[str, Calendar]) -> None:
        rows: list[CalendarException] = []
        for row in self.table["exception"]:
            clocks = row["saturday"] if "saturday" in row else row["time"]
            day = self.axis.monday + timedelta(days=5) if "saturday" in row else self.axis.day(row["day"])
            start, end = (self.axis.at(day, clock) for clock in clocks.split("-"))
            rows += [
                CalendarException(calendar=calendars[name], start=start, end=end, is_open=row["open"], reason=row["reason"])
                for name in row["calendars"]
            ]
        CalendarException.objects.bulk_create(rows)

    def _matrices(self, families: dict[str, SetupFamily]) -> dict[str, SetupMatrix]:
        made: dict[str, SetupMatrix] = {}
        times: list[SetupTime] = []
        for row in self.table["matrix"]:
            matrix = made[row["name"]] = SetupMatrix.objects.create(name=row["name"], default_minutes=row["default"])
            pairs = product(enumerate(row["families"]), repeat=2)
            times += [
                SetupTime(matrix=matrix, from_family=families[a], to_family=families[b], minutes=row["minutes"][i][j])
                for (i, a), (j, b) in pairs
                if a != b
            ]
        SetupTime.objects.bulk_create(times)
        return made

    def _cell(self, position: int, row: Table, calendars: dict[str, Calendar], setups: _Setups) -> None:
        limit = row.get("wip_limit")
        cell = WorkCell.objects.create(
            code=row["code"],
            name=row["name"],
            calendar=calendars[row["calendar"]],
            wip_limit=limit * self.scale if limit else None,
            position=position,
        )
        for number, (hall, line) in enumerate(product(range(1, self.scale + 1), row["machines"]), start=1):
            matrix, family, calendar = line.get("matrix"), line.get("family"), line.get("calendar")
            machine = Machine.objects.create(
                code=f"{line['code'].partition('-')[0]}-{number:02}",
                name=line["name"],
                cell=cell,
                calendar=calendars[calendar] if calendar else None,
                capacity=line.get("capacity", 1),
                efficiency_percent=line.get("efficiency", 100),
                setup_matrix=setups.matrices[matrix] if matrix else None,
                initial_family=setups.families[family] if family else None,
                position=number,
            )
            machine.groups.set([setups.groups[in_hall(code, hall)] for code in line["groups"]])

    def _downtimes(self) -> None:
        machines = {machine.code: machine for machine in Machine.objects.all()}
        Downtime.objects.bulk_create(
            Downtime(
                machine=machines[row["machine"]],
                kind=row["kind"],
                start=self.axis.moment(row["from"]),
                end=self.axis.moment(row["to"]),
                reason=row["reason"],
            )
            for row in self.table["downtime"]
        )

    def _people(self, calendars: dict[str, Calendar], skills: dict[str, Skill]) -> None:
        held: list[OperatorSkill] = []
        names = _more_names(self.table["more_people"])
        for copy, crew in product(range(self.scale), self.table["crew"]):
            for line in crew["people"]:
                operator = Operator.objects.create(
                    code=str(int(line["code"]) + 1000 * copy),
                    name=next(names) if copy else line["name"],
                    calendar=calendars[crew["calendar"]],
                )
                held += [self._skill(operator, skills, text) for text in line["skills"]]
        OperatorSkill.objects.bulk_create(held)

    def _skill(self, operator: Operator, skills: dict[str, Skill], text: str) -> OperatorSkill:
        code, level, *limit = text.split()
        days: dict[str, date] = {}
        if limit:
            days["valid_from" if limit[0] == "from" else "valid_until"] = self.axis.day(int(limit[1]))
        return OperatorSkill(operator=operator, skill=skills[code], level=int(level), **days)

    def _absences(self) -> None:
        people = {operator.code: operator for operator in Operator.objects.all()}
        Absence.objects.bulk_create(
            Absence(
                operator=people[row["operator"]],
                start=self.axis.moment(row["from"]),
                end=self.axis.moment(row["to"]),
                reason=row["reason"],
            )
            for row in self.table["absence"]
        )


def in_hall(name: str, hall: int) -> str:
    """The name of something in one of the halls of a larger plant; the first hall is the plant of the tables."""
    return name if hall == 1 else f"{name} {hall}"


@dataclass(frozen=True, slots=True)
class _Setups:
    families: dict[str, SetupFamily]
    matrices: dict[str, SetupMatrix]
    groups: dict[str, MachineGroup]


def _by_code(model: type[Coded], names: Table) -> dict[str, Coded]:
    return {row.code: row for row in model.objects.bulk_create(model(code=code, name=name) for code, name in names.items())}


def _shifts(calendar: Calendar, week: int, text: str) -> Iterator[Shift]:
    """The shifts of "Mon-Fri 06:00-14:00 Early"."""
    days, clocks, name = text.split(maxsplit=2)
    first, last = (DAYS.index(day) for day in days.split("-"))
    start, end = (time.fromisoformat(clock) for clock in clocks.split("-"))
    for weekday in range(first, last + 1):
        yield Shift(calendar=calendar, week=week, weekday=weekday, start_time=start, end_time=end, name=name)


def _more_names(names: Table) -> Iterator[str]:
    """Every first name with every last name, the lists' lengths having no common divisor."""
    first, last = names["first"], names["last"]
    for number in range(len(first) * len(last)):
        yield f"{first[number % len(first)]} {last[number % len(last)]}"
