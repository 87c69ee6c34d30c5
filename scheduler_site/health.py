"""`/healthz`: is this process able to serve? For load balancers and for `manage.py up`."""

from __future__ import annotations

from django.core.cache import cache
from django.db import OperationalError, connection
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

from runs.liveness import steward_is_silent


def healthz(_request: HttpRequest) -> JsonResponse:
    """200 while PostgreSQL answers, else 503. What this process can serve pages without is reported and does not decide."""
    database = _database_answers()
    report = {"database": database, "redis": _redis_answers(), "steward": database and not steward_is_silent()}
    return JsonResponse(report, status=200 if database else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        cache.get("healthz")
    except RedisError:
        return False
    return True
