"""Each worker of a test run has Redis databases of its own: what one flushes, another does not miss."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from django.conf import settings


def first_database(url: str) -> int:
    return int(urlsplit(url).path.lstrip("/") or 0)


def test_the_settings_were_loaded_after_the_worker_got_its_share() -> None:
    mine = first_database(settings.CELERY_BROKER_URL)
    assert mine == first_database(os.environ["REDIS_URL"])
    assert (mine > 0) == ("PYTEST_XDIST_WORKER" in os.environ)
