"""A frame says what the schedule says, column by column, and refuses what is not a frame."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans import frames
from plans.frames import HEADER, Flag, FrameFormatError, decode, encode, flags
from solver.frozen import frozen_start
from solver.problem import Problem
from solver.schedule import Schedule
from tests.solver.strategies import planned


@given(planned(), st.integers(0, 2**32 - 1))
def test_what_is_encoded_is_decoded(case: tuple[Problem, Schedule], seq: int) -> None:
    problem, schedule = case
    frame = decode(encode(problem, schedule, seq))

    assert frame.seq == seq
    for number, operation in enumerate(problem.operations):
        placed = schedule.by_operation[operation.id]
        phases = (frame.setup_start[number], frame.start[number], frame.run_end[number], frame.end[number])
        assert phases == (placed.setup_start, placed.start, placed.run_end, placed.end)
        assert problem.machines[frame.machine[number]].id == placed.machine


@given(planned())
def test_everyone_at_an_operation_is_in_the_frame_for_as_long_as_they_are_there(case: tuple[Problem, Schedule]) -> None:
    problem, schedule = case
    frame = decode(encode(problem, schedule, 1))

    told = sorted(
        zip(
            (problem.operations[number].id for number in frame.engagement_operation),
            (problem.operators[number].id for number in frame.engagement_operator),
            frame.engagement_start,
            frame.engagement_end,
            strict=True,
        )
    )
    there = sorted(
        (operation.id, person, placed.setup_start, placed.start if crew.phase == "setup" else placed.end)
        for operation in problem.operations
        for placed in [schedule.by_operation[operation.id]]
        for crew, people in zip(operation.crew, placed.operators, strict=False)
        for person in people
    )
    assert told == there


@given(planned())
def test_flags_say_what_cannot_move(case: tuple[Problem, Schedule]) -> None:
    problem, _ = case
    pinned = {pin.operation for pin in problem.pins}
    for operation in problem.operations:
        flag = flags(problem)[operation.id]
        assert bool(flag & Flag.DONE) == (operation.actual is not None and operation.actual.end is not None)
        assert bool(flag & Flag.STARTED) == (operation.actual is not None and operation.actual.end is None)
        assert bool(flag & Flag.PINNED) == (operation.id in pinned)
        assert bool(flag & Flag.FROZEN) == (frozen_start(problem, operation) is not None)
        assert bool(flag & Flag.MAY_PAUSE) == operation.may_pause


@given(planned())
def test_the_bytes_are_laid_out_as_browsers_expect(case: tuple[Problem, Schedule]) -> None:
    """Written out again by hand: the JavaScript side reads exactly this."""
    problem, schedule = case
    data = encode(problem, schedule, 7)
    assert data[:4] == b"TK\x01\x01"
    count, engaged = struct.unpack("<II", data[8:16])
    assert count == len(problem.operations)
    body = zlib.decompress(data[16:])
    assert len(body) == 4 * (4 * count + 3 * engaged) + 2 * (2 * count + engaged)
    starts = struct.unpack_from(f"<{count}i", body, 4 * count)
    assert list(starts) == [schedule.by_operation[operation.id].start for operation in problem.operations]
    machines = struct.unpack_from(f"<{count}H", body, 4 * (4 * count + 3 * engaged))
    assert [problem.machines[number].id for number in machines] == [
        schedule.by_operation[operation.id].machine for operation in problem.operations
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"TK", "header"),
        (b"XX" + bytes(14), "version 1"),
        (HEADER.pack(frames.MAGIC, 2, frames.PLAN, 0, 0, 0), "version 1"),
        (HEADER.pack(frames.MAGIC, 1, frames.PLAN, 0, 0, 0) + b"nonsense", "inflate"),
        (HEADER.pack(frames.MAGIC, 1, frames.PLAN, 0, 3, 0) + zlib.compress(b""), "length"),
    ],
)
def test_what_is_no_frame_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(FrameFormatError, match=says):
        decode(data)
