"""Frozen dataclasses as JSON and back, strictly.

Written, a record is an object of its fields in their order; a field that has its default is left out, so that a field that is
added one day leaves old texts and their hashes as they are. Read, a field may be left out only if it has a default, nothing
unknown is let in, whole numbers are whole numbers (no 1.0, no true), and every fault is collected with its path.

    FormatError (ValueError), with `faults`
    ├── solver.problem.ProblemFormatError
    └── solver.schedule.ScheduleFormatError
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

LARGEST = 2**53 - 1
"""Whole numbers beyond ±this do not survive every JSON reader."""

_AS_IT_IS = frozenset({int, str, bool, NoneType})
_ALWAYS = object()  # in the place of a default: equal to nothing, so that the field is written whatever is in it


@dataclass(frozen=True, slots=True)
class FormatFault:
    """Where in the JSON ("operations[3].modes[0].run", "" for the whole) and what is wrong there."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}" if self.path else f"The document {self.message}"


class FormatError(ValueError):
    """JSON that is not what it should be; `faults` has everything that is wrong with it."""

    def __init__(self, faults: list[FormatFault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


Reader = Callable[[object, str, list[FormatFault]], Any]
"""Gives the value, or None after adding to the faults."""


def write_record(schema: str, record: object) -> dict[str, Any]:
    """The record as an object that begins with the id of its schema."""
    return {"schema": schema, **_plain(record)}


def read_record(schema: str, kind: type[T], data: object, faults: list[FormatFault]) -> T | None:
    """The inverse of `write_record`; None, and faults added, when `data` is not such an object."""
    if not isinstance(data, Mapping):
        faults.append(FormatFault("", f"must be an object, not {_shown(data)}"))
        return None
    if data.get("schema") != schema:
        faults.append(FormatFault("schema", f"must be {_shown(schema)}, not {_shown(data.get('schema'))}"))
    found = len(faults)
    hint: Any = kind
    record: T = _reader(hint)({key: value for key, value in data.items() if key != "schema"}, "", faults)
    return record if len(faults) == found else None


def _plain(value: Any) -> Any:
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, tuple):
        return [item if type(item) in _AS_IT_IS else _plain(item) for item in value]
    written = {}
    kind: Any = type(value)
    for name, default in _columns(kind):
        content = getattr(value, name)
        if content != default:
            written[name] = content if type(content) in _AS_IT_IS else _plain(content)
    return written


@cache
def _columns(kind: Any) -> tuple[tuple[str, object], ...]:
    """The fields of a record with their defaults, which are as immutable as the records; those that have none are always written.

    Looked up once for each type: a problem is thousands of records of a few types, and somebody waits for it.
    """
    return tuple((each.name, _ALWAYS if _is_required(each) else _default(each)) for each in fields(kind))


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _default(each: Field[Any]) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()


@cache
def _reader(hint: Any) -> Reader:
    """What reads a value of this type; made once for each type."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _choice(args)
    if origin is tuple:
        return _list(_reader(args[0])) if args[-1] is Ellipsis else _row([_reader(each) for each in args])
    if NoneType in args:
        return _optional(_reader(next(each for each in args if each is not NoneType)))
    return _object(hint)


def _object(kind: type[Any]) -> Reader:
    hints = get_type_hints(kind)
    readers = {each.name: _reader(hints[each.name]) for each in fields(kind)}
    required = {each.name for each in fields(kind) if _is_required(each)}

    def read(data: object, path: str, faults: list[FormatFault]) -> Any:
        if not isinstance(data, Mapping):
            return _refuse(faults, path, "an object", data)
        dot = f"{path}." if path else ""
        found = len(faults)
        faults.extend(FormatFault(f"{dot}{key}", "is not a field here") for key in data if key not in readers)
        faults.extend(FormatFault(f"{dot}{key}", "is missing") for key in readers if key in required and key not in data)
        values = {key: read_field(data[key], f"{dot}{key}", faults) for key, read_field in readers.items() if key in data}
        return kind(**values) if len(faults) == found else None

    return read


def _list(read_item: Reader) -> Reader:
    def read(data: object, path: str, faults: list[FormatFault]) -> Any:
        if not isinstance(data, list | tuple):
            return _refuse(faults, path, "a list", data)
        return tuple(read_item(item, f"{path}[{index}]", faults) for index, item in enumerate(data))

    return read


def _row(readers: list[Reader]) -> Reader:
    def read(data: object, path: str, faults: list[FormatFault]) -> Any:
        if not isinstance(data, list | tuple) or len(data) != len(readers):
            return _refuse(faults, path, f"a list of {len(readers)}", data)
        return tuple(
            read_item(item, f"{path}[{index}]", faults) for index, (item, read_item) in enumerate(zip(data, readers, strict=True))
        )

    return read


def _optional(read_value: Reader) -> Reader:
    return lambda data, path, faults: None if data is None else read_value(data, path, faults)


def _choice(allowed: tuple[Any, ...]) -> Reader:
    wanted = " or ".join(map(_shown, allowed))
    return lambda data, path, faults: data if data in allowed else _refuse(faults, path, wanted, data)


def _whole_number(data: object, path: str, faults: list[FormatFault]) -> Any:
    if not isinstance(data, int) or isinstance(data, bool):
        return _refuse(faults, path, "a whole number", data)
    return data if abs(data) <= LARGEST else _refuse(faults, path, f"between -{LARGEST} and {LARGEST}", data)


def _text(data: object, path: str, faults: list[FormatFault]) -> Any:
    return data if isinstance(data, str) else _refuse(faults, path, "a text", data)


def _truth(data: object, path: str, faults: list[FormatFault]) -> Any:
    return data if isinstance(data, bool) else _refuse(faults, path, "true or false", data)


_SCALARS: dict[Any, Reader] = {int: _whole_number, str: _text, bool: _truth}


def _refuse(faults: list[FormatFault], path: str, wanted: str, data: object) -> None:
    faults.append(FormatFault(path, f"must be {wanted}, not {_shown(data)}"))


def _shown(data: object) -> str:
    text = json.dumps(data, ensure_ascii=False, default=repr)
    return text if len(text) <= 40 else f"{text[:39]}…"
