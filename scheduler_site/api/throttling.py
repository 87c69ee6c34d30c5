"""How many requests a caller gets in a minute. Counted in Redis for all processes; without Redis each process counts for itself.

Counting must neither break nor slow the API down: Redis gets a quarter of a second, and after a failure it is left alone a while.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from runs.api.callers import Scope
from scheduler_site import addresses

WINDOW_SECONDS = 60
PATIENCE_SECONDS = 0.25
LEFT_ALONE_SECONDS = 15.0

log = structlog.get_logger(__name__)


class Throttle:
    """Counts by caller, scope and minute."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS, retry=Retry(NoBackoff(), 0)
        )
        self._clock = clock
        self._own: Counter[str] = Counter()
        self._own_minute = 0
        self._lock = threading.Lock()
        self._alone_until = 0.0

    def pause_seconds(self, caller: str, scope: Scope) -> int:
        """Count one; 0, or the seconds until the next minute when it is one too many."""
        now = self._clock()
        minute = int(now // WINDOW_SECONDS)
        key = f"api:{caller}:{scope}:{minute}"
        count = self._count_together(key, now)
        if count is None:
            count = self._count_alone(key, minute)
        if count <= settings.API_REQUESTS_PER_MINUTE[scope]:
            return 0
        return WINDOW_SECONDS - int(now % WINDOW_SECONDS)

    def _count_together(self, key: str, now: float) -> int | None:
        if now < self._alone_until:
            return None
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, 2 * WINDOW_SECONDS)
                count: int = pipeline.execute()[0]
        except RedisError as error:
            self._alone_until = now + LEFT_ALONE_SECONDS
            log.warning("throttle_counts_alone", error=repr(error))
            return None
        return count

    def _count_alone(self, key: str, minute: int) -> int:
        with self._lock:
            if minute != self._own_minute:
                self._own.clear()
                self._own_minute = minute
            self._own[key] += 1
            return self._own[key]


throttle = Throttle(addresses.redis(settings.SERVERS.redis, 1))
