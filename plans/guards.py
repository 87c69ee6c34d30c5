"""What the database itself refuses, whoever asks. Migration 0002 installs it.

* A published plan changes in one way only: it becomes archived. An archived one not at all. Neither is deleted.
* Placements are made, changed and deleted only while their plan is a draft. They may always lose the plant row they point to.
* A snapshot's question never changes under its hash.
"""

PLAN_GUARD = """
CREATE FUNCTION plans_guard_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'plan % was published and is kept', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.number, NEW.name, NEW.snapshot_id, NEW.objective, NEW.measures, NEW.created_at, NEW.published_at)
        IS DISTINCT FROM (OLD.number, OLD.name, OLD.snapshot_id, OLD.objective, OLD.measures, OLD.created_at, OLD.published_at)
        OR (NEW.state <> OLD.state AND (OLD.state, NEW.state) <> ('published', 'archived'))
    THEN
        RAISE EXCEPTION 'plan % was published and does not change', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plans_guard_plan BEFORE UPDATE OR DELETE ON plans_plan FOR EACH ROW EXECUTE FUNCTION plans_guard_plan();
"""

PLACEMENT_GUARD = """
CREATE FUNCTION plans_guard_placement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    plan_state text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'operation_id' - 'machine_id' = to_jsonb(OLD) - 'operation_id' - 'machine_id' THEN
            RETURN NEW;
        END IF;
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT state INTO plan_state FROM plans_plan WHERE id = NEW.plan_id;
    ELSE
        SELECT state INTO plan_state FROM plans_plan WHERE id = OLD.plan_id;
    END IF;
    IF plan_state IN ('published', 'archived') THEN
        RAISE EXCEPTION 'the plan of this placement was published and does not change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plans_guard_placement BEFORE INSERT OR UPDATE OR DELETE ON plans_placement
    FOR EACH ROW EXECUTE FUNCTION plans_guard_placement();
"""

SNAPSHOT_GUARD = """
CREATE FUNCTION plans_guard_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.hash, NEW.problem) IS DISTINCT FROM (OLD.hash, OLD.problem) THEN
        RAISE EXCEPTION 'the question of snapshot % does not change', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plans_guard_snapshot BEFORE UPDATE ON plans_snapshot FOR EACH ROW EXECUTE FUNCTION plans_guard_snapshot();
"""

INSTALL = PLAN_GUARD + PLACEMENT_GUARD + SNAPSHOT_GUARD

REMOVE = """
DROP TRIGGER plans_guard_snapshot ON plans_snapshot;
DROP FUNCTION plans_guard_snapshot();
DROP TRIGGER plans_guard_placement ON plans_placement;
DROP FUNCTION plans_guard_placement();
DROP TRIGGER plans_guard_plan ON plans_plan;
DROP FUNCTION plans_guard_plan();
"""
