"""A schedule as bytes for the browser: columns of integers, deflated.

Little endian. Header, 16 bytes, never deflated: u16 magic "TK", u8 version, u8 type, u32 seq, u32 count, u32 engagements.
Body, one zlib stream of columns:

    i32[count]        setup_start, start, run_end, end               ticks since the epoch
    i32[engagements]  operation (its number), start, end             who is where, from when to when
    u16[count]        machine (its number), flags
    u16[engagements]  operator (its number)

The number of an operation, machine or operator is its position in the problem, so a newer frame of the same problem moves bars
and never renames them.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag

from solver.frozen import frozen_start
from solver.problem import Interval, Operation, Problem
from solver.schedule import Assignment, Schedule

MAGIC = 0x4B54
VERSION = 1
PLAN = 1
HEADER = struct.Struct("<HBBIII")
LEVEL = 6  # of deflate: 9 takes three times as long for two percent


class Flag(IntFlag):
    DONE = 1
    STARTED = 2
    PINNED = 4
    FROZEN = 8
    MAY_PAUSE = 16


class FrameFormatError(ValueError):
    """The bytes are not a frame of this version."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame taken apart: parallel columns by operation number, and the engagements of people."""

    seq: int
    setup_start: Sequence[int]
    start: Sequence[int]
    run_end: Sequence[int]
    end: Sequence[int]
    machine: Sequence[int]
    flags: Sequence[int]
    engagement_operation: Sequence[int]
    engagement_start: Sequence[int]
    engagement_end: Sequence[int]
    engagement_operator: Sequence[int]


def encode(problem: Problem, schedule: Schedule, seq: int) -> bytes:
    """The frame of a schedule of all operations of the problem, in any order. `seq` is the run's event that it belongs to."""
    machines = {machine.id: number for number, machine in enumerate(problem.machines)}
    operators = {operator.id: number for number, operator in enumerate(problem.operators)}
    placed = [schedule.by_operation[operation.id] for operation in problem.operations]
    engaged = [
        (number, *span, operators[person])
        for number, (operation, assignment) in enumerate(zip(problem.operations, placed, strict=True))
        for person, span in engagements(operation, assignment)
    ]
    flagged = flags(problem)
    wide = (
        [assignment.setup_start for assignment in placed],
        [assignment.start for assignment in placed],
        [assignment.run_end for assignment in placed],
        [assignment.end for assignment in placed],
        *([row[column] for row in engaged] for column in range(3)),
    )
    narrow = (
        [machines[assignment.machine] for assignment in placed],
        [flagged[operation.id] for operation in problem.operations],
        [row[3] for row in engaged],
    )
    body = b"".join([*(_column("i", values) for values in wide), *(_column("H", values) for values in narrow)])
    return HEADER.pack(MAGIC, VERSION, PLAN, seq, len(placed), len(engaged)) + zlib.compress(body, LEVEL)


def decode(data: bytes) -> Frame:
    """The inverse of `encode`; raises FrameFormatError."""
    if len(data) < HEADER.size:
        raise FrameFormatError("Shorter than a header.")
    magic, version, kind, seq, count, engaged = HEADER.unpack_from(data)
    if (magic, version, kind) != (MAGIC, VERSION, PLAN):
        raise FrameFormatError(f"Not a plan frame of version {VERSION}.")
    try:
        body = zlib.decompress(data[HEADER.size :])
    except zlib.error as error:
        raise FrameFormatError("The body does not inflate.") from error
    if len(body) != 20 * count + 14 * engaged:
        raise FrameFormatError("The body does not have the announced length.")
    lengths = [("i", count)] * 4 + [("i", engaged)] * 3 + [("H", count)] * 2 + [("H", engaged)]
    columns = list(_columns(body, lengths))
    setup_start, start, run_end, end, operation, begin, until, machine, flag, operator = columns
    return Frame(seq, setup_start, start, run_end, end, machine, flag, operation, begin, until, operator)


def engagements(operation: Operation, assignment: Assignment) -> Iterator[tuple[str, Interval]]:
    """(operator id, stretch) of everyone at an operation: those for the setup until the run starts, the others until the end."""
    for crew, people in zip(operation.crew, assignment.operators, strict=False):
        until = assignment.start if crew.phase == "setup" else assignment.end
        for person in people:
            yield person, (assignment.setup_start, until)


def flags(problem: Problem) -> dict[str, Flag]:
    """By operation id: what a bar shows that no schedule can change."""
    flagged = {operation.id: _own_flags(operation) for operation in problem.operations}
    for pin in problem.pins:
        flagged[pin.operation] |= Flag.PINNED
    for operation in problem.operations:
        if frozen_start(problem, operation) is not None:
            flagged[operation.id] |= Flag.FROZEN
    return flagged


def _own_flags(operation: Operation) -> Flag:
    flag = Flag.MAY_PAUSE if operation.may_pause else Flag(0)
    if operation.actual is None:
        return flag
    return flag | (Flag.STARTED if operation.actual.end is None else Flag.DONE)


def _column(code: str, values: Sequence[int]) -> bytes:
    column = array(code, values)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _columns(body: bytes, lengths: Sequence[tuple[str, int]]) -> Iterator[Sequence[int]]:
    offset = 0
    for code, length in lengths:
        column = array(code)
        size = column.itemsize * length
        column.frombytes(body[offset : offset + size])
        if sys.byteorder == "big":
            column.byteswap()
        yield column.tolist()
        offset += size
