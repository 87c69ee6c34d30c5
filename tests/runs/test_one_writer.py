"""Who may write what: read in the source, because nothing else would notice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runs.leases.claiming import CLAIM_NEXT, CLAIM_NEXT_PATIENTLY, CLAIM_THIS
from runs.leases.statements import APPEND, CANCELLED, FINISH, GIVE_BACK, KEEP, LOOK, RENEW, SET_BACK

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("scheduler_site", "solver", "plant", "plans", "runs")
LEASES = REPOSITORY / "runs" / "leases"
SETS_STATE = re.compile(r"UPDATE\s+runs_run\s+SET\b(?:(?!\b(?:FROM|WHERE)\b).)*\bstate\s*=", re.DOTALL)


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in (REPOSITORY / package).rglob("*.py") if "migrations" not in path.parts)


def writes_state_of_runs(tree: ast.AST) -> bool:
    """`run.state = …`, `….update(state=…)` on runs, `Run(state=…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Attribute) and ast.unparse(target).endswith("run.state") for target in targets):
                return True
        if isinstance(node, ast.Call) and any(keyword.arg == "state" for keyword in node.keywords):
            called = ast.unparse(node.func)
            if called == "Run" or re.search(r"\bRun\b.*\.(update|create|get_or_create|update_or_create)$", called):
                return True
    return False


def test_only_the_leases_write_the_state_of_a_run() -> None:
    writers = {
        str(path.relative_to(REPOSITORY))
        for path in sources()
        if LEASES not in path.parents
        and (writes_state_of_runs(ast.parse(path.read_text())) or SETS_STATE.search(path.read_text()))
    }
    assert writers == set()


@pytest.mark.parametrize(
    "source",
    ["run.state = 'x'", "self.run.state = 'x'", "Run.objects.filter(pk=1).update(state='x')", "Run(state='x')"],
)
def test_the_search_for_writers_finds_them(source: str) -> None:
    assert writes_state_of_runs(ast.parse(source))


@pytest.mark.parametrize(
    ("statement", "writes"),
    [
        ("UPDATE runs_run SET\n    last_seq = 3,\n    state = 'failed' WHERE id = 1", True),
        ("UPDATE runs_run SET thinned_at = x FROM old WHERE runs_run.id = old.id AND state = 'failed'", False),
    ],
)
def test_the_search_for_statements_looks_at_what_they_set(statement: str, writes: bool) -> None:  # noqa: FBT001 - a parameter
    assert bool(SETS_STATE.search(statement)) is writes


@pytest.mark.parametrize("statement", [RENEW, LOOK, APPEND, KEEP, FINISH, CANCELLED, SET_BACK, GIVE_BACK])
def test_every_write_of_a_holder_is_fenced(statement: str) -> None:
    assert "attempt = %(attempt)s" in statement
    assert "state IN ('running', 'stopping')" in statement


@pytest.mark.parametrize(
    "statement", [CLAIM_NEXT, CLAIM_NEXT_PATIENTLY, CLAIM_THIS, RENEW, APPEND, KEEP, FINISH, CANCELLED, SET_BACK, GIVE_BACK]
)
def test_the_clock_is_the_databases(statement: str) -> None:
    assert "statement_timestamp()" in statement or "clock_timestamp()" in statement
    assert not re.search(r"\bnow\(\)", statement)
