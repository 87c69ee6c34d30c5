"""What the web process runs: the application, and the sign of life of the process. Servers that are not ours may use `asgi`."""

from __future__ import annotations

import atexit
import os
import socket

from twisted.web import http

from scheduler_site.asgi import application

# Models may be imported only after Django is set up, which the line above does.
from runs.hub import Hub  # isort: skip
from runs.liveness import Report  # isort: skip
from runs.models.heartbeat import ProcessKind  # isort: skip
from runs.pulse import Pulse  # isort: skip

__all__ = ["application"]

# Twisted, on which Daphne stands, knows no words for these and would write “Unknown Status”.
http.RESPONSES |= {422: b"Unprocessable Content", 429: b"Too Many Requests"}

_pulse = Pulse(f"web@{socket.gethostname()}/{os.getpid()}", ProcessKind.WEB, lambda: Report(sockets=Hub.sockets_here()))
_pulse.start()
atexit.register(_pulse.stop)
