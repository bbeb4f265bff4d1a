"""Database triggers that refuse any change of what was voted, created again after every migration.

A migration that rebuilds a table silently drops its triggers (SQLite does so for most changes of a column), so they
belong to no migration.
"""

from typing import Any

from django.db import connections

FROZEN_COLUMNS = {
    # Table: the columns that never change once written.
    "plan_version": ("organisation_id", "kind", "number", "content", "sha256", "made_at"),
    "plan_act": (
        *("organisation_id", "version_id", "session", "number", "rapporteur", "annexes"),
        *("votes_for", "votes_against", "abstentions", "not_voting", "body", "corrects_id", "recorded_at"),
    ),
}


def create_triggers(using: str, **_signal: Any) -> None:
    """Create the triggers of the tables that exist, in place of those they have (receiver of post_migrate)."""
    connection = connections[using]
    statements_for = _sqlite_statements if connection.vendor == "sqlite" else _postgresql_statements
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for table, columns in FROZEN_COLUMNS.items():
            if table in tables:
                for statement in statements_for(table, columns):
                    cursor.execute(statement)


def _sqlite_statements(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    return (
        f"DROP TRIGGER IF EXISTS {table}_voted",
        f"CREATE TRIGGER {table}_voted BEFORE UPDATE OF {', '.join(columns)} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'adopted'); END",
    )


def _postgresql_statements(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    # The columns are named in the body, which is read when it runs: a migration may still change their type.
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)
    return (
        f"CREATE OR REPLACE FUNCTION {table}_voted() RETURNS trigger AS $$ BEGIN "
        f"IF {changed} THEN RAISE EXCEPTION 'adopted'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
        f"DROP TRIGGER IF EXISTS {table}_voted ON {table}",
        f"CREATE TRIGGER {table}_voted BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_voted()",
    )
