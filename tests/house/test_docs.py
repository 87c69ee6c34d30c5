"""The documents say what the code does."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from scheduler_site.env import REPOSITORY, Environment

DEPLOY = REPOSITORY / "docs" / "deploy.md"


def default_text(value: object) -> str:
    if value in ("", (), 0) and not isinstance(value, bool):
        return ""
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    if isinstance(value, Path):
        return f"`{value.relative_to(REPOSITORY)}`"
    return f"`{','.join(value)}`" if isinstance(value, tuple) else f"`{value}`"


def variables_table() -> list[str]:
    variables = Environment.variables()
    return [
        f"| `{variables[entry.name].name}` | {default_text(entry.default)} | {variables[entry.name].help} |"
        for entry in fields(Environment)
    ]


def test_deploy_lists_every_variable_with_its_default() -> None:
    rows = [line for line in DEPLOY.read_text().splitlines() if re.match(r"\| `(TAKTLINE_|DATABASE_URL|REDIS_URL)", line)]
    assert rows == variables_table()


def test_the_example_of_an_environment_file_is_readable() -> None:
    given = dict(
        shlex.split(line)[0].split("=", 1)
        for line in (REPOSITORY / "deploy/taktline.env.example").read_text().splitlines()
        if "=" in line
    )
    assert set(given) <= {variable.name for variable in Environment.variables().values()}
    assert Environment.read(given).mode == "production"


@pytest.mark.parametrize(
    "document", sorted([*(REPOSITORY / "docs").glob("*.md"), REPOSITORY / "README.md"]), ids=lambda path: path.name
)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []
