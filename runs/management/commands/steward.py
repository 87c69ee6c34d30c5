"""`manage.py steward`: look after runs until told to end."""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import Any

from django.core.management.base import BaseCommand

from runs.steward import Steward


class Command(BaseCommand):
    help = (
        "Looks after runs: takes them from dead workers, rings again for lost messages, keeps time limits. Any number of copies."
    )

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: ended.set())
        Steward(f"steward@{socket.gethostname()}/{os.getpid()}").work(ended)
