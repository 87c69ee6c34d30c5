"""Guessing passwords: refused after a few tries, for a while, and nobody else is locked out by it."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway

from scheduler_site.throttle import UNKNOWN

pytestmark = pytest.mark.django_db

RIGHT, WRONG = "the right password", "a wrong password"


@pytest.fixture(autouse=True)
def petra() -> User:
    User.objects.create_user("paul", password=RIGHT)
    return User.objects.create_user("petra", password=RIGHT, is_staff=True)


def attempt(password: str, name: str = "petra", address: str = "192.0.2.1", path: str = "/login/") -> HttpResponse:
    answer: HttpResponse = Client(REMOTE_ADDR=address).post(path, {"username": name, "password": password})  # type: ignore[assignment] # the client's own kind of answer
    return answer


def guess(times: int = settings.AXES_FAILURE_LIMIT, address: str = "192.0.2.1") -> list[int]:
    return [attempt(WRONG, address=address).status_code for _ in range(times)]


def is_in(answer: HttpResponse) -> bool:
    return answer.status_code == 302


def test_after_so_many_wrong_passwords_even_the_right_one_is_refused_with_a_sentence() -> None:
    assert guess() == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    refused = attempt(RIGHT)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "600"
    for told in (
        "The password was wrong 8 times.",
        "For 10 minutes nobody can log in to this account from your address.",
        'value="petra"',
    ):
        assert told in refused.content.decode()


def test_the_admin_pages_let_nobody_in_either() -> None:
    guess()
    assert attempt(RIGHT, path="/admin/login/").status_code == 429


def test_the_owner_comes_in_from_elsewhere_and_others_from_the_same_address() -> None:
    guess()
    assert is_in(attempt(RIGHT, address="192.0.2.2"))
    assert is_in(attempt(RIGHT, name="paul"))


def test_it_is_over_after_a_while_though_somebody_goes_on_guessing() -> None:
    guess()
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME + timedelta(minutes=1))
    assert guess(3) == [429] * 3
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME)
    assert is_in(attempt(RIGHT))


def test_who_gets_it_right_begins_anew() -> None:
    guess(settings.AXES_FAILURE_LIMIT - 1)
    assert is_in(attempt(RIGHT))
    assert guess(settings.AXES_FAILURE_LIMIT - 1)[-1] == 200


def test_an_account_that_does_not_exist_is_refused_alike() -> None:
    answers = [attempt(WRONG, name="nobody").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[-1] == 429


def test_a_name_that_is_longer_than_any_account_has_is_counted_alike() -> None:
    answers = [attempt(WRONG, name="n" * 100_000).status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]


def test_it_works_while_redis_is_away() -> None:
    with patch("redis.connection.Connection.connect", side_effect=RedisAway("away")):
        assert guess()[-1] == 429
        assert is_in(attempt(RIGHT, address="192.0.2.2"))


@pytest.mark.parametrize("address", ["unknown", "", "10.0.0.1:4711"])
def test_what_a_proxy_passes_on_need_not_be_an_address(address: str) -> None:
    assert attempt(WRONG, address=address).status_code == 200
    assert AccessAttempt.objects.get().ip_address == UNKNOWN


def test_no_password_is_stored() -> None:
    guess(2)
    kept = AccessAttempt.objects.get()
    assert WRONG not in f"{kept.get_data}{kept.post_data}{kept.path_info}"


def test_the_log_says_whose_account_it_was_and_from_where_but_no_password(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        guess()
        attempt(WRONG, name="petra\n2026-03-01 [info] forged")
        attempt(RIGHT, address="192.0.2.2")
    tries = [line for line in caplog.messages if line.startswith("AXES")]
    assert len(tries) == settings.AXES_FAILURE_LIMIT + 2, "one for each try, one for the lock, none for who got it right"
    assert all("account 'petra" in line and "from 192.0.2.1" in line for line in tries)
    assert "Locking out account 'petra' from 192.0.2.1" in tries[-2]
    assert not [line for line in caplog.messages if WRONG in line or RIGHT in line or "\n" in line]


def test_old_guesses_are_forgotten() -> None:
    guess(1)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(days=1))
    attempt(WRONG, name="paul")
    assert [kept.username for kept in AccessAttempt.objects.all()] == ["paul"]
