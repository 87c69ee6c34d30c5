"""Who may watch runs: asked when a socket opens, and again for all open sockets at every sweep."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

WATCH = "runs.view_run"


@dataclass(frozen=True, slots=True)
class Watcher:
    """A person behind a socket, and the session it was opened in. `session_hash` changes with the password."""

    user_id: int
    session_key: str
    session_hash: str

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> Watcher | None:
        """None for somebody who is not logged in."""
        user, session = scope.get("user"), scope.get("session")
        if user is None or not user.is_authenticated or session is None or not session.session_key:
            return None
        return cls(user.pk, session.session_key, session.get(HASH_SESSION_KEY, ""))


def allowed(watchers: Collection[Watcher]) -> Set[Watcher]:
    """Those who still may: active, with the permission, session neither over nor logged out, password the same. Two queries."""
    backend = "django.contrib.auth.backends.ModelBackend"
    people = User.objects.with_perm(WATCH, backend=backend).filter(pk__in={watcher.user_id for watcher in watchers})
    by_id = {user.pk: user for user in people}
    keys = {watcher.session_key for watcher in watchers}
    open_sessions = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list("session_key", flat=True)
    )
    return {
        watcher
        for watcher in watchers
        if watcher.session_key in open_sessions
        and watcher.user_id in by_id
        and _same_password(by_id[watcher.user_id], watcher.session_hash)
    }


def _same_password(user: User, session_hash: str) -> bool:
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(session_hash, known) for known in hashes)
