"""The only reader of the process environment.

Everything that can be set from outside is a field of `Environment`: typed, with its default and one sentence of help.
`docs/deploy.md` prints the same table (a test compares them). Faults are reported all at once:

    EnvironmentFault   one or more variables cannot be read; `.faults` has one sentence for each
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints
from urllib.parse import urlsplit

Mode = Literal["local", "development", "production"]
LogFormat = Literal["console", "json"]

LAST_PORT = 65_535
SHORTEST_TOKEN = 16
REPOSITORY = Path(__file__).resolve().parent.parent


class EnvironmentFault(ValueError):
    """Variables that cannot be read: one sentence each in `faults`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _text(value: str) -> str:
    return value.strip()


def _token(value: str) -> str:
    token = value.strip()
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"must be at least {SHORTEST_TOKEN} plain characters without spaces")
    return token


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _path(value: str) -> Path:
    return Path(value).expanduser().resolve()


def _whole(value: str) -> int:
    number = int(value)
    if number < 0:
        raise ValueError("must not be negative")
    return number


def _port(value: str) -> int:
    number = _whole(value)
    if number > LAST_PORT:
        raise ValueError(f"must not be above {LAST_PORT}")
    return number


def _url(*schemes: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"must be an address like {schemes[0]}://host")
        if parts.scheme.startswith("redis") and not (parts.path.strip("/") or "0").isdecimal():
            raise ValueError("must end with the number of a database")
        _ = parts.port  # raises ValueError when it is none
        return value.strip()

    return read


def _flag(value: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if value.lower() not in words:
        raise ValueError("must be yes or no")
    return words[value.lower()]


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return read


@dataclass(frozen=True, slots=True)
class Variable:
    """How one environment variable is called, read and explained. The value of a secret one is not repeated in a fault."""

    name: str
    read: Callable[[str], object]
    help: str
    is_secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the outside told this process."""

    mode: Annotated[
        Mode,
        Variable(
            "TAKTLINE_MODE",
            _one_of(get_args(Mode)),
            "`local`: one machine, plain HTTP; `development`: Django's debug pages; `production`: HTTPS, nothing weak",
        ),
    ] = "local"
    data_dir: Annotated[
        Path, Variable("TAKTLINE_DATA", _path, "folder of the embedded servers, collected static files and generated secrets")
    ] = REPOSITORY / "var"
    database_url: Annotated[
        str,
        Variable(
            "DATABASE_URL",
            _url("postgresql", "postgres"),
            "PostgreSQL, `postgresql://user:password@host:5432/name`, options of libpq behind a `?`; empty: embedded",
            is_secret=True,
        ),
    ] = ""
    redis_url: Annotated[
        str,
        Variable(
            "REDIS_URL",
            _url("redis", "rediss"),
            "Redis or Valkey, `redis://:password@host:6379/0`; three databases from that number on are used; empty: embedded",
            is_secret=True,
        ),
    ] = ""
    secret_key: Annotated[
        str, Variable("TAKTLINE_SECRET_KEY", _text, "signs sessions; empty: generated in the data folder (refused in production)")
    ] = ""
    hosts: Annotated[tuple[str, ...], Variable("TAKTLINE_HOSTS", _words, "host names that are answered, by comma")] = (
        "localhost",
        "127.0.0.1",
        "[::1]",
    )
    origins: Annotated[
        tuple[str, ...],
        Variable(
            "TAKTLINE_ORIGINS",
            _words,
            "full origins (`https://plan.example.com`) whose pages may post and open websockets; empty: the hosts on the port",
        ),
    ] = ()
    port: Annotated[int, Variable("TAKTLINE_PORT", _port, "port of the web server")] = 8000
    behind_proxy: Annotated[
        bool,
        Variable("TAKTLINE_BEHIND_PROXY", _flag, "trust `X-Forwarded-Proto` and `-For` of your own reverse proxy"),
    ] = False
    db_pool: Annotated[
        int, Variable("TAKTLINE_DB_POOL", _whole, "connections this process pools; the web process takes 8, others keep one (0)")
    ] = 0
    channel_capacity: Annotated[
        int,
        Variable(
            "TAKTLINE_CHANNEL_CAPACITY",
            _whole,
            "hints about news that may wait for each web process; what is beyond is dropped, and the news read a little later",
        ),
    ] = 5000
    solve_workers: Annotated[
        int, Variable("TAKTLINE_SOLVE_WORKERS", _whole, "runs solved side by side on this machine; 0: half of its processors")
    ] = 0
    spare_solvers: Annotated[
        bool,
        Variable(
            "TAKTLINE_SPARE_SOLVERS",
            _flag,
            "keep a solver process ready for each of these runs, so that a search begins at once; 150 MB each",
        ),
    ] = True
    keep_events_days: Annotated[
        int, Variable("TAKTLINE_KEEP_EVENTS_DAYS", _whole, "days after which the single steps of ended searches go; 0: never")
    ] = 90
    keep_incumbents_days: Annotated[
        int,
        Variable("TAKTLINE_KEEP_INCUMBENTS_DAYS", _whole, "days until all but the best schedule of an ended run go; 0: never"),
    ] = 14
    keep_runs_days: Annotated[
        int, Variable("TAKTLINE_KEEP_RUNS_DAYS", _whole, "days until ended runs go, but never their plans; 0: never")
    ] = 0
    keep_results_days: Annotated[
        int, Variable("TAKTLINE_KEEP_RESULTS_DAYS", _whole, "days after which Celery's notes about messages go; 0: never")
    ] = 7
    task_events: Annotated[
        bool, Variable("TAKTLINE_TASK_EVENTS", _flag, "workers tell of every task for Flower; nothing else needs it")
    ] = False
    log_format: Annotated[LogFormat, Variable("TAKTLINE_LOG", _one_of(get_args(LogFormat)), "`console` or `json`")] = "console"
    log_level: Annotated[
        str, Variable("TAKTLINE_LOG_LEVEL", _one_of(("DEBUG", "INFO", "WARNING", "ERROR")), "least severe line that is written")
    ] = "INFO"
    metrics_token: Annotated[
        str,
        Variable(
            "TAKTLINE_METRICS_TOKEN",
            _token,
            "who sends it as a bearer token may read `/metrics` and the details of `/health`; empty: only staff may",
            is_secret=True,
        ),
    ] = ""
    sentry_dsn: Annotated[
        str,
        Variable(
            "SENTRY_DSN", _url("https", "http"), "errors go to this project of Sentry; empty: to the log alone", is_secret=True
        ),
    ] = ""
    release: Annotated[
        str,
        Variable("TAKTLINE_RELEASE", _text, "name of the deployed version in error reports; empty: the commit, if git knows it"),
    ] = ""
    admin_password: Annotated[
        str, Variable("TAKTLINE_ADMIN_PASSWORD", _text, "password of the first admin; empty: a random one is printed once")
    ] = ""

    @classmethod
    def variables(cls) -> dict[str, Variable]:
        """Each field's variable, in the order above."""
        hints = get_type_hints(cls, include_extras=True)
        return {entry.name: hints[entry.name].__metadata__[0] for entry in fields(cls)}

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Environment:
        """The environment in `given`; an empty value counts as not set. Raises EnvironmentFault with every fault."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        for field_name, variable in cls.variables().items():
            text = given.get(variable.name, "")
            if not text:
                continue
            try:
                values[field_name] = variable.read(text)
            except ValueError as fault:
                faults.append(f"{variable.name if variable.is_secret else f'{variable.name}={text!r}'}: {fault}")
        if faults:
            raise EnvironmentFault(faults)
        return cls(**values)


def current() -> Environment:
    """The environment of this process, read now."""
    return Environment.read(os.environ)


def inherited() -> dict[str, str]:
    """A copy of all variables, to hand on to a child process."""
    return dict(os.environ)


def announce(**variables: str) -> None:
    """Set variables for this process and the children it will start; what is set already stays."""
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def use_settings() -> None:
    """Name the Django settings of this project."""
    announce(DJANGO_SETTINGS_MODULE="scheduler_site.settings")
