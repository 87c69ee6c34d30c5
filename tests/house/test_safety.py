"""Settings that are weak or contradict each other are refused, with a hint."""

from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from scheduler_site import safety
from scheduler_site.datafolder import PLACEHOLDER, Servers
from scheduler_site.env import Environment

SAFE = Environment(
    mode="production",
    secret_key="k" * 60,
    database_url="postgresql://u:p@h/n",
    redis_url="redis://:p@h",
    hosts=("plan.example.com",),
)


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.MODE = SAFE.mode
    settings.ENVIRONMENT = SAFE
    settings.SECRET_KEY = SAFE.secret_key
    settings.SERVERS = Servers(database=SAFE.database_url, redis=SAFE.redis_url)
    settings.ALLOWED_HOSTS = list(SAFE.hosts)
    settings.ORIGINS = ["https://plan.example.com"]
    return settings


def found() -> set[str]:
    messages = [*safety.check_secrets(), *safety.check_addresses()]
    assert all(message.hint for message in messages)
    return {str(message.id) for message in messages}


def test_safe_production_passes(production: Settings) -> None:
    assert found() == set()


def test_the_placeholder_is_refused(production: Settings) -> None:
    production.SECRET_KEY = PLACEHOLDER
    assert found() == {"taktline.E001"}


def test_a_generated_secret_is_refused(production: Settings) -> None:
    production.ENVIRONMENT = Environment(mode="production", database_url=SAFE.database_url, redis_url=SAFE.redis_url)
    assert found() == {"taktline.E002"}


def test_redis_without_a_password_is_refused(production: Settings) -> None:
    production.SERVERS = Servers(database=SAFE.database_url, redis="redis://h:6379")
    assert found() == {"taktline.E003"}


@pytest.mark.parametrize("origin", ["plan.example.com", "ws://plan.example.com", "https://plan.example.com/"])
def test_half_an_origin_is_refused(production: Settings, origin: str) -> None:
    production.ORIGINS = [origin]
    assert found() == {"taktline.E004"}


def test_answering_every_host_is_refused(production: Settings) -> None:
    production.ALLOWED_HOSTS = ["*"]
    assert found() == {"taktline.E005"}


def test_embedded_servers_are_refused(production: Settings) -> None:
    production.ENVIRONMENT = Environment(mode="production", secret_key=SAFE.secret_key)
    assert found() == {"taktline.E006"}


@pytest.mark.parametrize("origins", [["http://plan.example.com"], ["https://plan.example.com", "http://plan.example.com:8000"]])
def test_an_origin_without_https_is_refused(production: Settings, origins: list[str]) -> None:
    production.ORIGINS = origins
    assert found() == {"taktline.E007"}


def test_no_process_starts_with_the_placeholder_in_any_mode(settings: Settings) -> None:
    settings.SECRET_KEY = PLACEHOLDER
    with patch("os.execve") as become, pytest.raises(CommandError, match="TAKTLINE_SECRET_KEY"):
        call_command("process", "web")
    assert not become.called


def test_one_machine_without_https_needs_none_of_it(settings: Settings) -> None:
    settings.MODE = "local"
    settings.SECRET_KEY = PLACEHOLDER
    assert found() == set()
