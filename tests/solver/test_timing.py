"""Timing an operation, against trying every start and every setup start tick by tick."""

from hypothesis import given
from hypothesis import strategies as st

from solver.calendars import Windows, normalise
from solver.timing import Clock, Span, Work, make_clock, place, span_at, span_pauses

ticks = st.integers(0, 30)
windows = st.lists(st.tuples(ticks, ticks), max_size=5).map(normalise)
clocks = st.builds(lambda machine, crew, fitters: make_clock(machine, [crew], [fitters]), windows, windows, windows)
work = st.builds(Work, setup=st.integers(0, 5), run=st.integers(1, 6), teardown=st.integers(0, 3), may_pause=st.booleans())


def legal_spans(task: Work, clock: Clock) -> list[Span]:
    """Every span that the definitions allow, found by living through each possible setup start tick by tick."""
    found = [_live(task, clock, begin, pausing=task.may_pause) for begin in range(31)]
    return [span for span in found if span is not None]


def _live(task: Work, clock: Clock, begin: int, *, pausing: bool) -> Span | None:
    """What happens when the setup begins exactly at `begin`: works whenever it can; None when it cannot be so."""
    setup_open, run_open = ({t for a, b in side for t in range(a, b)} for side in (clock.setup, clock.run))
    if begin not in (setup_open if task.setup else run_open):
        return None
    ends: list[int] = []
    start = None
    now = begin
    for amount, opened in ((task.setup, setup_open), (task.run, run_open), (task.teardown, run_open)):
        done = 0
        while done < amount:
            if now > 31 or (not pausing and now not in opened):
                return None
            if now in opened and start is None and opened is run_open and len(ends) == 1:
                start = now
            done += now in opened
            now += 1
        ends.append(now)
    assert start is not None
    return Span(begin, start, ends[1], ends[2])


@given(work, clocks, ticks, ticks)
def test_place_finds_the_earliest_legal_span(task: Work, clock: Clock, setup_from: int, run_from: int) -> None:
    legal = [span for span in legal_spans(task, clock) if span.setup_start >= setup_from and span.start >= run_from]
    assert place(task, clock, setup_from, run_from) == min(legal, key=lambda span: (span.start, span.end), default=None)


@given(work, clocks, ticks)
def test_span_at_knows_exactly_the_legal_starts(task: Work, clock: Clock, start: int) -> None:
    legal = [span for span in legal_spans(task, clock) if span.start == start]
    assert len(legal) <= 1
    assert span_at(task, clock, start) == (legal[0] if legal else None)


@given(work, clocks)
def test_pauses_are_what_is_left_of_the_span_when_the_work_is_taken_off(task: Work, clock: Clock) -> None:
    for span in legal_spans(task, clock):
        stands = sum(end - begin for begin, end in span_pauses(task, clock, span))
        assert span.end - span.setup_start - stands == task.setup + task.run + task.teardown
        assert bool(stands) <= task.may_pause


def test_setup_is_done_just_before_the_material_arrives() -> None:
    clock = make_clock(((0, 100),))
    assert place(Work(10, 20, 5, may_pause=False), clock, 0, 50) == Span(40, 50, 70, 75)


def test_a_pause_may_lie_between_setup_and_run() -> None:
    clock = make_clock(((0, 10), (20, 100)))
    assert place(Work(10, 5, 0, may_pause=True), clock, 0, 0) == Span(0, 20, 25, 25)
    assert place(Work(10, 5, 0, may_pause=False), clock, 0, 0) == Span(20, 30, 35, 35)


def test_a_wait_may_not_lie_between_setup_and_run() -> None:
    clock = make_clock(((0, 100),), (), [((0, 10), (60, 100))])
    assert span_at(Work(10, 5, 0, may_pause=True), clock, 30) is None
    assert place(Work(10, 5, 0, may_pause=True), clock, 0, 30) == Span(1, 61, 66, 66)


def test_pauses_run_from_the_setup_through_the_teardown() -> None:
    machine: Windows = ((0, 4), (6, 10), (12, 100))
    task = Work(3, 4, 4, may_pause=True)
    clock = make_clock(machine, [((0, 13), (15, 100))], [((0, 2), (3, 100))])
    span = place(task, clock, 0, 0)
    assert span == Span(0, 6, 10, 18)
    assert span_pauses(task, clock, span) == ((2, 3), (4, 6), (10, 12), (13, 15))
