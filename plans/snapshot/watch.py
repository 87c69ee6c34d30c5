"""The tables that problems are made of, and the triggers that note each transaction which touches them.

Migration 0003 installs them.
The published plan needs no trigger: it does not change under its number (`plans.guards`).
"""

from __future__ import annotations

WATCHED = (
    "plant_absence",
    "plant_calendar",
    "plant_calendarexception",
    "plant_downtime",
    "plant_machine",
    "plant_operation",
    "plant_operationattendance",
    "plant_operationcrew",
    "plant_operationlink",
    "plant_operationmode",
    "plant_operator",
    "plant_operatorskill",
    "plant_order",
    "plant_product",
    "plant_setupfamily",
    "plant_setupmatrix",
    "plant_setuptime",
    "plant_shift",
    "plant_site",
    "plant_skill",
    "plant_workcell",
)

NOTE = """
CREATE FUNCTION plans_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO plans_plantchange (xid) VALUES (pg_current_xact_id()::text::bigint) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""

WATCH = """
CREATE TRIGGER plans_note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION plans_note_change();
"""

INSTALL = NOTE + "".join(WATCH.format(table=table) for table in WATCHED)

REMOVE = "".join(f"DROP TRIGGER plans_note_change ON {table};\n" for table in WATCHED) + "DROP FUNCTION plans_note_change();"
