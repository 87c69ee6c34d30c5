"""URLs of servers become what Django, Celery and Channels want."""

import pytest

from scheduler_site import addresses


def test_database_url() -> None:
    found = addresses.database("postgresql://plan%40ner:p%2Fw@db.example.com:5433/takt%20line?sslmode=require", {})
    assert found["USER"] == "plan@ner"
    assert found["PASSWORD"] == "p/w"
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.com", "5433", "takt line")
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_what_the_url_says_goes_before_what_we_would_say() -> None:
    url = "postgresql://u@h/n?connect_timeout=30&options=-c%20lock_timeout%3D1"
    found = addresses.database(
        url, {"connect_timeout": 5, "keepalives": 1, "options": "-c statement_timeout=2 -c lock_timeout=3"}
    )
    assert found["OPTIONS"] == {
        "connect_timeout": "30",
        "keepalives": 1,
        "options": "-c statement_timeout=2 -c lock_timeout=3 -c lock_timeout=1",  # PostgreSQL takes the last word
    }


def test_only_postgresql() -> None:
    with pytest.raises(ValueError, match="must begin with postgresql://, not sqlite://"):
        addresses.database("sqlite:///plan.db", {})


@pytest.mark.parametrize(
    ("url", "offset", "expected"),
    [
        ("redis://:pw@host:6379", 2, "redis://:pw@host:6379/2"),
        ("redis://:pw@host:6379/6", 1, "redis://:pw@host:6379/7"),
        ("rediss://host/0", 0, "rediss://host/0"),
    ],
)
def test_redis_databases_follow_each_other(url: str, offset: int, expected: str) -> None:
    assert addresses.redis(url, offset) == expected
