"""Habits of the code base that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from scheduler_site.env import REPOSITORY

PACKAGES = ("scheduler_site", "solver", "plant", "plans", "runs")


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            yield path.relative_to(REPOSITORY).as_posix(), ast.parse(path.read_text())


def touches_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in {"environ", "getenv", "putenv"} and isinstance(node.value, ast.Name) and node.value.id == "os"
    return isinstance(node, ast.ImportFrom) and node.module == "os" and any("env" in name.name for name in node.names)


def is_broad(handler: ast.ExceptHandler) -> bool:
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(name is None or (isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"}) for name in names)


def test_only_env_reads_the_environment() -> None:
    readers = {path for path, tree in sources() if any(touches_environment(node) for node in ast.walk(tree))}
    assert readers == {"scheduler_site/env.py"}


def test_at_most_one_broad_except_and_it_reraises() -> None:
    broad = [
        (path, node)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]
    assert {path for path, _ in broad} <= {"runs/execution.py"}
    assert len(broad) <= 1
    for _path, handler in broad:
        assert any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def test_no_heap_of_leftovers() -> None:
    names = {path.stem for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py")}
    assert not names & {"utils", "helpers", "common", "misc", "manager", "managers"}


def test_locks_name_no_index() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt", "bin/js/package-lock.json"):
        text = Path(REPOSITORY / lock).read_text()
        funding = r'"url": "https://opencollective.com/[a-z]+"'  # npm copies it from the package
        assert "://" not in re.sub(funding, "", text), lock
