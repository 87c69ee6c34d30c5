"""Collects static files when they have changed since the last time."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

from scheduler_site import datafolder

STAMP = "static.stamp"


def refresh() -> bool:
    """Collect if anything has changed; True if it had."""
    stamp = _stamp()
    if datafolder.read(settings.DATA_DIR, STAMP) == stamp:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    datafolder.write_private(settings.DATA_DIR / STAMP, stamp)
    return True


def _stamp() -> str:
    """A digest of every static file's name, size and time of change."""
    digest = hashlib.sha256()
    for finder in finders.get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: str(found[0])):
            digest.update(f"{name} {storage.size(name)} {storage.get_modified_time(name).timestamp()}\n".encode())
    return digest.hexdigest()
