"""The guards of the product, how each is taken away, and the tests that notice: see mutants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.removing import (
    announce_early,
    append_whatever_uid,
    cancelled_unasked,
    claimed_whatever_the_state,
    claimed_whatever_the_wait,
    claimed_while_draining,
    deaf_to_draining,
    early_reaping,
    ended_whatever_was_shown,
    endless_patience,
    impatient,
    never_asked_again,
    never_hung,
    no_rows_of_old,
    no_second_telling,
    no_sweep,
    promoted_whatever_the_state,
    without,
    without_constraint,
    without_fence,
    without_index,
    without_state,
    without_trigger,
)

LEASES = "tests/runs/test_leases.py"
ZOMBIE = f"{LEASES}::test_a_zombie_writes_nothing"
STALE_CANCEL = f"{LEASES}::test_a_zombie_does_not_confirm_a_cancellation_that_its_successor_was_asked_for"
ZOMBIE_NOTE = f"{LEASES}::test_a_zombie_notes_nothing"
OVERDUE = "tests/runs/test_care.py::test_an_attempt_beyond_its_time_is_found_and_one_that_does_not_stop_loses_the_run"
GUARDS_TEST = "tests/runs/test_guards.py"
HINTS = "tests/feed/test_lost_hints.py"
ONCE = f"{GUARDS_TEST}::test_an_event_is_there_once"
PLAN = "tests/runs/test_keeping.py::test_the_database_refuses_a_plan_that_was_never_found"
ROWS = [f"{GUARDS_TEST}::test_columns_that_contradict_each_other", f"{GUARDS_TEST}::test_rows_that_contradict_themselves", PLAN]
EVENTS = [f"{GUARDS_TEST}::test_an_event_makes_sense"]
ATTEMPTS = [f"{GUARDS_TEST}::test_an_attempt_does_not_contradict_itself"]


@dataclass(frozen=True, slots=True)
class Guard:
    """What is taken away, by what, and the tests that notice."""

    remove: Callable[[], None]
    noticed_by: Sequence[str]


FENCED = ("RENEW", "LOOK", "APPEND", "KEEP", "FINISH", "CANCELLED", "SET_BACK", "GIVE_BACK")

CHECKS = {  # by table
    "runs_run": (
        "run_state_known",
        "run_priority_known",
        "run_fallback_proves_nothing",
        "run_leased_iff_running",
        "run_outcome_iff_finished",
        "run_failure_iff_failed",
        "run_end_iff_ended",
        "run_stopping_was_asked",
        "run_outcome_agrees_with_progress",
        "run_plan_was_found",
        "run_measures_iff_objective",
        "run_failures_within_attempts",
        "run_limits_positive",
    ),
    "runs_runevent": ("run_event_from_one", "run_event_kind_known"),
    "runs_attempt": ("attempt_outcome_iff_ended", "attempt_failure_iff_failed"),
}
CHECKED_BY = {"runs_run": ROWS, "runs_runevent": EVENTS, "runs_attempt": ATTEMPTS}

GUARDS: Mapping[str, Guard] = {
    **{f"attempt fence of {name}": Guard(without_fence(name), [ZOMBIE, STALE_CANCEL]) for name in FENCED},
    **{
        f"state fence of {name}": Guard(without_state(name), [f"{LEASES}::test_nobody_writes_to_a_run_that_has_ended"])
        for name in FENCED
        if name != "CANCELLED"  # which names the state that it wants
    },
    "attempt fence of NOTE": Guard(without("NOTE", "AND number = %(attempt)s"), [ZOMBIE_NOTE]),
    "end fence of NOTE": Guard(without("NOTE", "AND ended_at IS NULL"), [ZOMBIE_NOTE]),
    "cancelled only when asked": Guard(cancelled_unasked, [f"{LEASES}::test_what_nobody_cancelled_is_not_cancelled"]),
    "promoted only while it waits": Guard(
        promoted_whatever_the_state, ["tests/runs/test_urgency.py::test_a_run_that_has_begun_is_as_urgent_as_it_was"]
    ),
    "ended only as it was shown": Guard(
        ended_whatever_was_shown, ["tests/runs/test_bulk.py::test_what_becomes_another_run_than_was_shown_is_left_alone"]
    ),
    "SKIP LOCKED of claim": Guard(impatient("claiming", "CLAIM_NEXT"), ["tests/faults/test_locks.py"]),
    "SKIP LOCKED of reap": Guard(impatient("statements", "REAP"), ["tests/faults/test_locks.py"]),
    "SKIP LOCKED of ringing": Guard(impatient("statements", "DUE_RINGS"), ["tests/faults/test_locks.py"]),
    "SKIP LOCKED of expiring": Guard(impatient("statements", "EXPIRE"), ["tests/faults/test_locks.py"]),
    "announcement after the commit": Guard(announce_early, ["tests/faults/test_locks.py"]),
    "event_uid of append": Guard(append_whatever_uid, [f"{LEASES}::test_a_repeated_append_is_noticed"]),
    "trigger: the end is final": Guard(without_trigger("runs_guard_run", "runs_run"), [GUARDS_TEST]),
    "trigger: events are kept": Guard(without_trigger("runs_keep_events", "runs_runevent"), [GUARDS_TEST]),
    "trigger: incumbents are kept": Guard(without_trigger("runs_keep_incumbents", "runs_incumbent"), [GUARDS_TEST]),
    "trigger: runs are kept": Guard(without_trigger("runs_keep_runs", "runs_run"), [GUARDS_TEST]),
    "trigger: no event but what its run has counted": Guard(without_trigger("runs_guard_event", "runs_runevent"), [GUARDS_TEST]),
    "trigger: attempts are over when they are over": Guard(without_trigger("runs_guard_attempt", "runs_attempt"), [GUARDS_TEST]),
    "trigger: attempts are kept": Guard(without_trigger("runs_keep_attempts", "runs_attempt"), [GUARDS_TEST]),
    **{
        f"check: {name}": Guard(without_constraint(name, table), CHECKED_BY[table])
        for table, names in CHECKS.items()
        for name in names
    },
    "unique: the number of an event": Guard(without_constraint("run_event_numbered", "runs_runevent"), [ONCE]),
    "unique: the uid of an event": Guard(without_constraint("run_event_once", "runs_runevent"), [ONCE]),
    "unique: the run of an occurrence": Guard(
        without_constraint("run_one_per_occurrence", "runs_run"),
        ["tests/runs/schedules/test_once.py::test_the_database_refuses_a_second_run_of_an_occurrence"],
    ),
    "unique: the run that answers a question": Guard(
        without_index("run_one_answer_per_question"), [f"{GUARDS_TEST}::test_a_question_is_answered_by_one_run"]
    ),
    "overdue: attempts beyond their time": Guard(
        without("OVERDUE", "state = 'running' AND deadline_at < statement_timestamp()", "false"), [OVERDUE]
    ),
    "overdue: no attempt within its time": Guard(
        without("OVERDUE", "state = 'running' AND deadline_at < statement_timestamp()", "state = 'running'"), [OVERDUE]
    ),
    "taking away from those that do not stop": Guard(without("TAKE_AWAY", "WHERE", "WHERE false AND"), [OVERDUE]),
    "patience with those that are to stop": Guard(
        without("TAKE_AWAY", "AND greatest(stop_requested_at, claimed_at) < statement_timestamp() - %(patience)s"), [OVERDUE]
    ),
    "grace of reaping after a start": Guard(early_reaping, ["tests/runs/test_care.py"]),
    "wait before another attempt": Guard(claimed_whatever_the_wait, [LEASES]),
    "claimed only while it waits": Guard(
        claimed_whatever_the_state, [f"{LEASES}::test_a_second_message_for_a_claimed_run_finds_nothing_to_do"]
    ),
    "drain flag of those that are held": Guard(
        without("DRAIN", "drain = true", "drain = drain"), [f"{LEASES}::test_the_holder_sees_that_its_worker_is_shutting_down"]
    ),
    "drain flag of their worker": Guard(
        deaf_to_draining,
        [f"{LEASES}::test_a_run_claimed_in_the_moment_in_which_its_worker_begins_to_shut_down_is_given_back_too"],
    ),
    "watch for a solver that says nothing": Guard(
        never_hung, ["tests/solver/test_process_guards.py::test_a_silent_child_is_hung"]
    ),
    "no claim for a worker that ends": Guard(claimed_while_draining, [f"{LEASES}::test_a_worker_that_shuts_down_claims_nothing"]),
    "sweep": Guard(no_sweep, [f"{HINTS}::test_without_hints_the_sweep_tells_events_and_frames"]),
    "gap: who is further behind than the room": Guard(
        no_rows_of_old, ["tests/feed/test_watching.py::test_a_long_run_is_told_in_pages"]
    ),
    "gap: what a client asks for again": Guard(
        no_second_telling, ["tests/feed/test_watching.py::test_a_gap_is_filled_on_request"]
    ),
    "limit of what is on its way": Guard(endless_patience, ["tests/feed/test_slow_readers.py"]),
    "permission asked again": Guard(never_asked_again, ["tests/feed/test_admission.py"]),
}
