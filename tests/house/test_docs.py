"""The documents say what the code does."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from runs import consumers
from runs.rooms import CloseCode
from scheduler_site.env import REPOSITORY, Environment
from scheduler_site.fleet import Fleet

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
    rows = [
        line for line in DEPLOY.read_text().splitlines() if re.match(r"\| `(TAKTLINE_|DATABASE_URL|REDIS_URL|SENTRY_DSN)", line)
    ]
    assert rows == variables_table()


def test_every_close_code_and_limit_of_a_socket_is_told() -> None:
    told = (REPOSITORY / "docs" / "runs.md").read_text()
    assert [int(code) for code in re.findall(r"^\| (\d{4}) \|", told, re.MULTILINE)] == [int(code) for code in CloseCode]
    assert f"{consumers.SOCKETS_PER_PERSON} sockets of a person" in told
    assert f"{consumers.MESSAGES} messages from a client within {consumers.MESSAGES_SECONDS:.0f} s" in told
    assert f"{consumers.MESSAGE_BYTES} signs" in told
    assert f"{consumers.SEND_SECONDS:.0f} s for which" in told
    assert f"{consumers.UNREAD_BYTES // 2**20} MiB sent" in told
    web = Fleet(Environment(), "127.0.0.1", {}).processes()[0].arguments
    assert int(web[web.index("--websocket-max-frame-size") + 1]) == 64 * 2**10


def test_the_example_of_an_environment_file_is_readable() -> None:
    given = dict(
        shlex.split(line)[0].split("=", 1)
        for line in (REPOSITORY / "deploy/taktline.env.example").read_text().splitlines()
        if "=" in line
    )
    assert set(given) <= {variable.name for variable in Environment.variables().values()}
    assert Environment.read(given).mode == "production"


RELIABILITY = (REPOSITORY / "docs" / "reliability.md").read_text()
PROMISES = dict(re.findall(r"^\*\*(P\d) (.*?)(?=^\*\*P\d |^## )", RELIABILITY, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("promise", [f"P{number}" for number in range(1, 10)])
def test_each_promise_names_tests_that_exist(promise: str) -> None:
    named = re.findall(r"^\* `(tests/[\w/]+\.py)::(\w+)`$", PROMISES[promise], re.MULTILINE)
    assert named
    assert [name for file, name in named if f"def {name}(" not in (REPOSITORY / file).read_text()] == []


def test_every_fault_is_injected_by_a_test() -> None:
    marked = {
        number
        for file in (REPOSITORY / "tests").rglob("test_*.py")
        for number in re.findall(r'fault\("(F\d\d)"', file.read_text())
    }
    assert marked == {f"F{number:02}" for number in range(1, 26)}


@pytest.mark.parametrize(
    "document", sorted([*(REPOSITORY / "docs").glob("*.md"), REPOSITORY / "README.md"]), ids=lambda path: path.name
)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []
