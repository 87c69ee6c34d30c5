"""Which format a text is in, and its Problem."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from solver.instances.changeovers import parse_changeover_shop
from solver.instances.faults import InstanceFormatError
from solver.instances.projects import parse_patterson, parse_psplib
from solver.instances.shops import parse_flexible_shop, parse_job_shop
from solver.problem import Problem

Parser = Callable[[str, str], Problem]


def read_instance(source: Path | str, name: str | None = None) -> Problem:
    """The Problem of a file (a Path) or of a text (a str); `name` defaults to the file's stem.

    Raises InstanceFormatError with every fault, and OSError when the file cannot be read.
    """
    if isinstance(source, Path):
        try:
            text = source.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise InstanceFormatError([f"The file is not text: byte {error.start} is not UTF-8."]) from error
        return _parse(text, name or source.stem, source.suffix.lower())
    return _parse(source, name or "instance", "")


def _parse(text: str, name: str, suffix: str) -> Problem:
    if text.lstrip().startswith(("{", "[")):
        return parse_changeover_shop(text, name)
    if suffix == ".sm" or "PRECEDENCE RELATIONS" in text.upper():
        return parse_psplib(text, name)
    if suffix == ".rcp":
        return parse_patterson(text, name)
    return _first_that_fits((parse_job_shop, parse_flexible_shop, parse_patterson), text, name)


def _first_that_fits(parsers: tuple[Parser, ...], text: str, name: str) -> Problem:
    """These formats are bare numbers and only their arithmetic tells them apart. The reader with the fewest faults explains best,
    and among equals the one that came furthest."""
    failures: list[InstanceFormatError] = []
    for parse in parsers:
        try:
            return parse(text, name)
        except InstanceFormatError as error:
            failures.append(error)
    raise min(failures, key=lambda error: (len(error.faults), -error.line))
