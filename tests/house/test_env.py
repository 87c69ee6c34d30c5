"""Variables from outside become typed values, or sentences that name every fault."""

import subprocess
import sys
from pathlib import Path

import pytest

from scheduler_site import env
from scheduler_site.env import REPOSITORY, Environment, EnvironmentFault


def test_nothing_given_gives_the_defaults() -> None:
    environment = Environment.read({})
    assert environment == Environment()
    assert environment.mode == "local"
    assert environment.port == 8000


def test_empty_counts_as_not_given() -> None:
    assert Environment.read({"TAKTLINE_PORT": "", "DATABASE_URL": ""}) == Environment()


def test_values_are_typed(tmp_path: Path) -> None:
    environment = Environment.read(
        {
            "TAKTLINE_MODE": "production",
            "TAKTLINE_DATA": str(tmp_path),
            "TAKTLINE_HOSTS": "plan.example.com, plan2.example.com,",
            "TAKTLINE_PORT": "9000",
            "TAKTLINE_BEHIND_PROXY": "Yes",
            "DATABASE_URL": " postgresql://u:p@h/n ",
        }
    )
    assert environment.mode == "production"
    assert environment.data_dir == tmp_path
    assert environment.hosts == ("plan.example.com", "plan2.example.com")
    assert environment.port == 9000
    assert environment.behind_proxy is True
    assert environment.database_url == "postgresql://u:p@h/n"


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(EnvironmentFault) as caught:
        Environment.read(
            {"TAKTLINE_MODE": "prod", "TAKTLINE_PORT": "eighty", "TAKTLINE_BEHIND_PROXY": "maybe", "TAKTLINE_DB_POOL": "-1"}
        )
    assert len(caught.value.faults) == 4
    assert "TAKTLINE_MODE='prod': must be one of local, development, production" in caught.value.faults
    assert "TAKTLINE_DB_POOL='-1': must not be negative" in caught.value.faults


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://u:hush@h/n"),
        ("DATABASE_URL", "postgresql://u:hush@h:port/n"),
        ("DATABASE_URL", "postgresql:hush"),
        ("REDIS_URL", "http://:hush@h"),
        ("REDIS_URL", "redis://:hush@h/first"),
        ("TAKTLINE_PORT", "70000"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_repeating_its_password(name: str, value: str) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        Environment.read({name: value})
    (fault,) = caught.value.faults
    assert fault.startswith(name)
    assert "hush" not in fault


@pytest.mark.parametrize("command", ["check", "up"])
def test_a_command_names_the_faults_and_nothing_else(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=REPOSITORY,
        env=env.inherited() | {"TAKTLINE_PORT": "eighty", "TAKTLINE_MODE": "prod"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert [line.partition("=")[0] for line in done.stderr.splitlines()] == ["TAKTLINE_MODE", "TAKTLINE_PORT"]


def test_every_variable_explains_itself() -> None:
    variables = Environment.variables().values()
    assert len({variable.name for variable in variables}) == len(variables)
    assert all(len(variable.help) > 10 for variable in variables)
