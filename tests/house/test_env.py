"""Variables from outside become typed values, or sentences that name every fault."""

from pathlib import Path

import pytest

from scheduler_site.env import Environment, EnvironmentFault


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


def test_every_variable_explains_itself() -> None:
    variables = Environment.variables().values()
    assert len({variable.name for variable in variables}) == len(variables)
    assert all(len(variable.help) > 10 for variable in variables)
