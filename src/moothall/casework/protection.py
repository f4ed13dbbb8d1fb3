"""Triggers that keep the ledger append-only, whoever talks to the database.

Made again after each migration, for SQLite drops a table's triggers when it remakes the table.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

TABLE = "casework_event"
KEPT = (
    "case_id",
    "sequence",
    "kind",
    "at",
    "actor_kind",
    "channel",
    "seals",
    "previous",
    "digest",
)
"""Columns that never change. Payload and salts may only grow shorter: values are erased."""

_REFUSE_CHANGE = "An event of the ledger cannot be changed. Append another one."

_SQLITE = (
    "DROP TRIGGER IF EXISTS casework_event_kept",
    "DROP TRIGGER IF EXISTS casework_event_shrinks",
    "DROP TRIGGER IF EXISTS casework_event_stays",
    f"""CREATE TRIGGER casework_event_kept BEFORE UPDATE OF {", ".join(f'"{c}"' for c in KEPT)}
        ON {TABLE} BEGIN SELECT RAISE(ABORT, '{_REFUSE_CHANGE}'); END""",
    f"""CREATE TRIGGER casework_event_shrinks BEFORE UPDATE OF payload, salts ON {TABLE}
        WHEN length(NEW.payload) > length(OLD.payload)
          OR length(NEW.salts) > length(OLD.salts)
          OR (length(NEW.payload) = length(OLD.payload) AND NEW.payload <> OLD.payload)
        BEGIN SELECT RAISE(ABORT, '{_REFUSE_CHANGE}'); END""",
    """CREATE TRIGGER casework_event_stays BEFORE DELETE ON casework_event
        WHEN NOT EXISTS (SELECT 1 FROM casework_deletion WHERE case_number = OLD.case_id)
        BEGIN SELECT RAISE(ABORT, 'An event of the ledger cannot be deleted.'); END""",
)
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION casework_event_kept() RETURNS trigger AS $$
        BEGIN
          IF {" OR ".join(f'NEW."{c}" IS DISTINCT FROM OLD."{c}"' for c in KEPT)}
             OR length(NEW.payload) > length(OLD.payload)
             OR length(NEW.salts) > length(OLD.salts)
             OR (length(NEW.payload) = length(OLD.payload) AND NEW.payload <> OLD.payload) THEN
            RAISE EXCEPTION '{_REFUSE_CHANGE}' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $$ LANGUAGE plpgsql""",
    """CREATE OR REPLACE FUNCTION casework_event_stays() RETURNS trigger AS $$
        BEGIN
          IF NOT EXISTS (SELECT 1 FROM casework_deletion WHERE case_number = OLD.case_id) THEN
            RAISE EXCEPTION 'An event of the ledger cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN OLD;
        END $$ LANGUAGE plpgsql""",
    f"DROP TRIGGER IF EXISTS casework_event_kept ON {TABLE}",
    f"DROP TRIGGER IF EXISTS casework_event_stays ON {TABLE}",
    f"""CREATE TRIGGER casework_event_kept BEFORE UPDATE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION casework_event_kept()""",
    f"""CREATE TRIGGER casework_event_stays BEFORE DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION casework_event_stays()""",
)


def install(using: str = "default") -> None:
    """Make the triggers, in place of those that are there."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL:
            cursor.execute(statement)


def lift(using: str = "default") -> None:
    """Take the triggers away: for tests that tamper, and for whoever must mend a table by hand."""
    connection = connections[using]
    on = "" if connection.vendor == "sqlite" else f" ON {TABLE}"
    with connection.cursor() as cursor:
        for name in ("casework_event_kept", "casework_event_shrinks", "casework_event_stays"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def after_migrate(sender: Any, using: str, **_: Any) -> None:
    """Receiver of post_migrate."""
    install(using)
