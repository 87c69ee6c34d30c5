"""What the database itself refuses, whoever asks. Migration 0002 installs it.

* A run that has ended stays as it ended; `plan`, `profile`, `requested_by` and the like may still lose the row they point to.
* `state` takes only the steps of the state machine; `attempt`, `failures` and `last_seq` never go back.
* Events and incumbents are never changed. They and runs are deleted only by retention, in a transaction that says so first, with
  `SET LOCAL taktline.retention = 'on'`; docs/runs.md has the statements.
"""

RUN_GUARD = """
CREATE FUNCTION runs_guard_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('finished', 'failed', 'cancelled') AND (
        (NEW.state, NEW.outcome, NEW.failure_code, NEW.failure_text, NEW.attempt, NEW.failures, NEW.last_seq, NEW.finished_at,
         NEW.snapshot_id, NEW.idempotency_key, NEW.reasons, NEW.measures)
        IS DISTINCT FROM
        (OLD.state, OLD.outcome, OLD.failure_code, OLD.failure_text, OLD.attempt, OLD.failures, OLD.last_seq, OLD.finished_at,
         OLD.snapshot_id, OLD.idempotency_key, OLD.reasons, OLD.measures)
        OR (NEW.best_objective, NEW.best_bound, NEW.incumbent_seq, NEW.spent_seconds)
        IS DISTINCT FROM (OLD.best_objective, OLD.best_bound, OLD.incumbent_seq, OLD.spent_seconds)
    ) THEN
        RAISE EXCEPTION 'run % has ended (%) and does not change', OLD.id, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.attempt < OLD.attempt OR NEW.failures < OLD.failures OR NEW.last_seq < OLD.last_seq THEN
        RAISE EXCEPTION 'attempt, failures and last_seq of run % never go back', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('queued', 'running'), ('queued', 'stopping'), ('queued', 'cancelled'),
        ('running', 'stopping'), ('running', 'finished'), ('running', 'failed'), ('running', 'queued'),
        ('stopping', 'finished'), ('stopping', 'failed'), ('stopping', 'cancelled'), ('stopping', 'queued')
    ) THEN
        RAISE EXCEPTION 'run % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER runs_guard_run BEFORE UPDATE ON runs_run FOR EACH ROW EXECUTE FUNCTION runs_guard_run();
"""

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
