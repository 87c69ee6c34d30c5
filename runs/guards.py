"""What the database itself refuses, whoever asks. Migration 0002 installs it, 0006 what came with priorities and attempts, 0010
what came with retention, 0013 that nothing else of a run that has ended changes.

* A run that has ended stays as it ended, in every column that is not named here: `profile`, `requested_by`, `schedule` and
  `again_of` may lose the row they point to; `plan` too, and a plan may still be kept; `answers_key` may end, `thinned_at` begin.
* An event has a number that its run has counted; of a run that has ended nothing more is told.
* `state` takes only the steps of the state machine; `attempt`, `failures` and `last_seq` never go back.
* Events and incumbents are never changed, nor is an attempt that has ended. They and runs are deleted only when their run has
  ended, and only by retention (`runs.housekeeping`), in a transaction that says so: `SET LOCAL taktline.retention = 'on'`.
"""

FINAL = (
    *("state", "outcome", "failure_code", "failure_text", "attempt", "failures", "last_seq", "finished_at"),
    *("snapshot_id", "idempotency_key", "reasons", "measures"),
    *("best_objective", "best_bound", "incumbent_seq", "spent_seconds"),
)
STEPS = (
    *(("queued", "running"), ("queued", "stopping"), ("queued", "cancelled")),
    *(("running", "stopping"), ("running", "finished"), ("running", "failed"), ("running", "queued")),
    *(("stopping", "finished"), ("stopping", "failed"), ("stopping", "cancelled"), ("stopping", "queued")),
)


def any_of(final: tuple[str, ...]) -> str:
    """The condition that one of these columns changes."""
    return f"({', '.join(f'NEW.{name}' for name in final)}) IS DISTINCT FROM ({', '.join(f'OLD.{name}' for name in final)})"


def run_guard(change: str, steps: tuple[tuple[str, str], ...]) -> str:
    """The function behind the trigger: what must not come true after the end, and the steps that the state may take."""
    return f"""
CREATE OR REPLACE FUNCTION runs_guard_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('finished', 'failed', 'cancelled') AND {change} THEN
        RAISE EXCEPTION 'run % has ended (%) and does not change', OLD.id, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.attempt < OLD.attempt OR NEW.failures < OLD.failures OR NEW.last_seq < OLD.last_seq THEN
        RAISE EXCEPTION 'attempt, failures and last_seq of run % never go back', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN ({", ".join(str(step) for step in steps)}) THEN
        RAISE EXCEPTION 'run % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


RUN_GUARD = (
    run_guard(any_of(FINAL), STEPS)
    + "CREATE TRIGGER runs_guard_run BEFORE UPDATE ON runs_run FOR EACH ROW EXECUTE FUNCTION runs_guard_run();\n"
)

APPEND_ONLY = """
CREATE FUNCTION runs_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('taktline.retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% refused: % is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER runs_keep_events BEFORE UPDATE OR DELETE ON runs_runevent FOR EACH ROW EXECUTE FUNCTION runs_refuse();
CREATE TRIGGER runs_keep_incumbents BEFORE UPDATE OR DELETE ON runs_incumbent FOR EACH ROW EXECUTE FUNCTION runs_refuse();
CREATE TRIGGER runs_keep_runs BEFORE DELETE ON runs_run FOR EACH ROW EXECUTE FUNCTION runs_refuse();
"""

INSTALL = RUN_GUARD + APPEND_ONLY

REMOVE = """
DROP TRIGGER runs_keep_runs ON runs_run;
DROP TRIGGER runs_keep_incumbents ON runs_incumbent;
DROP TRIGGER runs_keep_events ON runs_runevent;
DROP FUNCTION runs_refuse();
DROP TRIGGER runs_guard_run ON runs_run;
DROP FUNCTION runs_guard_run();
"""

# 0006: a run that waits may run out of time; how it was answered is final too
LATER_FINAL = (*FINAL, "priority", "fallback", "trial")
LATER_STEPS = (*STEPS, ("queued", "failed"))

ATTEMPT_GUARD = """
CREATE FUNCTION runs_guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR (NEW.run_id, NEW.number) <> (OLD.run_id, OLD.number) THEN
        RAISE EXCEPTION 'attempt % of run % has ended and does not change', OLD.number, OLD.run_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER runs_guard_attempt BEFORE UPDATE ON runs_attempt FOR EACH ROW EXECUTE FUNCTION runs_guard_attempt();
CREATE TRIGGER runs_keep_attempts BEFORE DELETE ON runs_attempt FOR EACH ROW EXECUTE FUNCTION runs_refuse();
"""

LATER_INSTALL = run_guard(any_of(LATER_FINAL), LATER_STEPS) + ATTEMPT_GUARD

LATER_REMOVE = """
DROP TRIGGER runs_keep_attempts ON runs_attempt;
DROP TRIGGER runs_guard_attempt ON runs_attempt;
DROP FUNCTION runs_guard_attempt();
""" + run_guard(any_of(FINAL), STEPS)

# With retention: not even that lets rows of a run go that has not ended
RETIRE = """
CREATE OR REPLACE FUNCTION runs_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run bigint;
BEGIN
    IF TG_TABLE_NAME = 'runs_run' THEN run := OLD.id; ELSE run := OLD.run_id; END IF;
    IF TG_OP = 'DELETE' AND current_setting('taktline.retention', true) = 'on' AND NOT EXISTS (
        SELECT FROM runs_run WHERE id = run AND state NOT IN ('finished', 'failed', 'cancelled')
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% refused: % is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

RETIRE_REMOVE = APPEND_ONLY[: APPEND_ONLY.index("CREATE TRIGGER")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")

# 0013: not a list of what stays, to which each new column would have to be added, but one of what may change
MAY_LOSE = ("profile_id", "requested_by_id", "schedule_id", "again_of_id")
MAY_CHANGE = (*MAY_LOSE, "plan_id", "answers_key", "thinned_at")


def _each(names: tuple[str, ...], pattern: str) -> str:
    return ", ".join(pattern.format(name) for name in names)


FROZEN = f"""(
        to_jsonb(NEW) - ARRAY[{_each(MAY_CHANGE, "'{}'")}] <> to_jsonb(OLD) - ARRAY[{_each(MAY_CHANGE, "'{}'")}]
        OR ({_each(MAY_LOSE, "coalesce(NEW.{0}, OLD.{0})")}) IS DISTINCT FROM ({_each(MAY_LOSE, "OLD.{}")})
        OR NEW.plan_id <> OLD.plan_id OR NEW.answers_key AND NOT OLD.answers_key
        OR OLD.thinned_at IS NOT NULL AND NEW.thinned_at IS DISTINCT FROM OLD.thinned_at)"""

# It looks at the end of the statement: by then `last_seq` has gone up, which the same statement does.
EVENT_GUARD = """
CREATE FUNCTION runs_guard_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM runs_run WHERE id = NEW.run_id AND last_seq >= NEW.seq AND thinned_at IS NULL) THEN
        RAISE EXCEPTION 'event % is not among those that run % has counted', NEW.seq, NEW.run_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER runs_guard_event AFTER INSERT ON runs_runevent FOR EACH ROW EXECUTE FUNCTION runs_guard_event();
"""

FREEZE = run_guard(FROZEN, LATER_STEPS) + EVENT_GUARD

FREEZE_REMOVE = """
DROP TRIGGER runs_guard_event ON runs_runevent;
DROP FUNCTION runs_guard_event();
""" + run_guard(any_of(LATER_FINAL), LATER_STEPS)
