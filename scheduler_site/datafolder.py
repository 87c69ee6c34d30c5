"""Small files in the data folder that only their owner may read: generated secrets and where the embedded servers are."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from scheduler_site.env import Environment

PLACEHOLDER = "insecure-placeholder-for-builds-and-checks-only-no-server-starts-with-it"
STATE_FILE = "servers.json"


@dataclass(frozen=True, slots=True)
class Servers:
    """URLs of PostgreSQL and Redis (or Valkey)."""

    database: str
    redis: str

    @property
    def has_database(self) -> bool:
        """Whether anybody has said where it is."""
        return self.database != NOWHERE.database

    @property
    def has_redis(self) -> bool:
        """Whether anybody has said where it is."""
        return self.redis != NOWHERE.redis


# Nothing listens there: settings can be loaded for builds and checks, a connection fails at once.
NOWHERE = Servers(database="postgresql://taktline@127.0.0.1:9/taktline", redis="redis://127.0.0.1:9")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; readers see the old or the new content, never half of it."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


def read(data_dir: Path, name: str) -> str:
    """The generated secret `name`, or "" where there is none yet."""
    path = data_dir / name
    return path.read_text().strip() if path.exists() else ""


def ensure(data_dir: Path, name: str) -> str:
    """The generated secret `name`, made now if this is the first time."""
    if not read(data_dir, name):
        write_private(data_dir / name, secrets.token_urlsafe(48))
    return read(data_dir, name)


def remember_servers(data_dir: Path, servers: Servers) -> None:
    """Let other processes find the embedded servers."""
    write_private(data_dir / STATE_FILE, json.dumps(asdict(servers)))


def forget_servers(data_dir: Path) -> None:
    """The embedded servers are no longer there."""
    (data_dir / STATE_FILE).unlink(missing_ok=True)


def embedded_urls(data_dir: Path) -> Servers | None:
    """Where the embedded servers of this data folder said they are, if they run."""
    path = data_dir / STATE_FILE
    return Servers(**json.loads(path.read_text())) if path.exists() else None


def server_urls(environment: Environment) -> Servers:
    """The configured URLs, filled up with those of the embedded servers, or else with an address where nobody listens."""
    running = embedded_urls(environment.data_dir) or NOWHERE
    return Servers(database=environment.database_url or running.database, redis=environment.redis_url or running.redis)
