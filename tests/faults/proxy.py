"""A wire to PostgreSQL that breaks where one wants it to: between a commit and its answer."""

from __future__ import annotations

import random
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

COMMIT = b"COMMIT\0"


class Proxy:
    """Passes everything on. Of the commits, a share reaches the server while the answer never comes back."""

    def __init__(self, host: str, port: int, seed: int) -> None:
        self.share = 0.0
        self.cuts = 0
        self._server = (host, port)
        self._dice = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def close(self) -> None:
        """End everything: the lines have been closed by their clients."""
        _end(self._listener)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _start(self, work: Callable[..., None], *lines: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=lines))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was shut down
            while True:
                client, _ = self._listener.accept()
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        """Both ways of one connection, until either side or a cut ends it."""
        with client, socket.create_connection(self._server) as server, suppress(OSError):
            while True:
                for line in select.select([client, server], [], [])[0]:
                    data = line.recv(65536)
                    if not data:
                        return
                    if line is client and COMMIT in data and self._dice.random() < self.share:
                        self.cuts += 1
                        server.sendall(data)
                        server.recv(65536)  # the commit has happened
                        return
                    (server if line is client else client).sendall(data)


def _end(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(host: str, port: int, seed: int) -> Iterator[Proxy]:
    proxy = Proxy(host, port, seed)
    try:
        yield proxy
    finally:
        proxy.close()
