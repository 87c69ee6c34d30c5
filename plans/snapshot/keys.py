"""Ids of the problem from primary keys of the rows: "machine:7". `plans.drafts.primary_key` goes the other way."""

from __future__ import annotations

from plans.snapshot.rows import OperationRow, OrderRow
from plant.models import Machine, Operator, SetupMatrix, Skill, WorkCell

NO_FAMILY = "family:none"

KINDS: dict[type[object], str] = {
    WorkCell: "cell",
    Machine: "machine",
    Operator: "operator",
    OrderRow: "order",
    OperationRow: "operation",
    SetupMatrix: "matrix",
    Skill: "skill",
}


def key(row: WorkCell | Machine | Operator | OrderRow | OperationRow | SetupMatrix | Skill) -> str:
    return f"{KINDS[type(row)]}:{row.pk}"


def family_key(primary_key: int | None) -> str:
    """Work without a family has one of its own, so that a matrix can say what changing over to it takes."""
    return NO_FAMILY if primary_key is None else f"family:{primary_key}"
