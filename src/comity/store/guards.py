"""Triggers that let nobody change what is on file, the tables' owner included.

    entries, nodes, checkpoints,
    cosignatures, purges, filings,
    openings, accounted, reasons    rows are added, and never changed or deleted
    answers                         never deleted; changed only by erasing a row that a purge names
    batches                         never deleted; once answered, changed only by erasing what a purge must
    head                            grows only

Guarantees: on SQLite for every connection that uses this database, on PostgreSQL for its owner too (ENABLE ALWAYS,
TRUNCATE included); `check_guards` says which are missing, switched off, or not as written here.
Does not: stop an owner who drops them first. Then `ledger.fsck` finds what was changed, and this what is missing.
Basis: stack.md 4.2; https://www.postgresql.org/docs/current/sql-createtrigger.html; https://sqlite.org/lang_createtrigger.html
Start at `install_guards`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

ERASED_ANSWER_COLUMNS = ("request_id", "code", "reasons", "outcome", "match_probability", "record_id", "salt")
"""What a purge makes null in an answer."""

ERASED_BATCH_COLUMNS = ("answers_sha256", "release_salt", "summary")
"""What a purge makes null in a batch: with the other answers known, each of these would tell the erased one."""

GUARDED_TABLES = (
    "entries", "nodes", "checkpoints", "cosignatures", "purges", "filings", "answers", "batches", "head", "openings",
    "accounted", "reasons",
)  # fmt: skip

_FIXED_ANSWER_COLUMNS = ("batch_id", "row", "entry")
_FIXED_BATCH_COLUMNS = (
    "batch_id", "requester", "agreement", "manifest_sha256", "requests_sha256", "rows", "received_at", "as_of",
    "status", "law_fingerprint", "index_fingerprint", "model_fingerprint", "orders", "first_entry", "release_entry",
    "rehearsal", "answered_at", "known_as_of",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guard:
    """One thing that may not happen: `when` it is refused (a condition over OLD and NEW; empty: always)."""

    table: str
    operation: str
    condition: str = ""

    @property
    def name(self) -> str:
        """The trigger's name."""
        return f"guard_{self.table}_{self.operation.lower()}"


def _columns_equal(operator: str, columns: Sequence[str]) -> str:
    """Columns that are the same before and after (`operator` null-safe equality), joined by AND."""
    return " AND ".join(f'OLD."{name}" {operator} NEW."{name}"' for name in columns)


def _columns_null(columns: Sequence[str]) -> str:
    return " AND ".join(f'NEW."{name}" IS NULL' for name in columns)


def iter_guards(dialect: str) -> Iterator[Guard]:
    """Every guard, as the dialect words it."""
    same = "IS" if dialect == "sqlite" else "IS NOT DISTINCT FROM"
    purged = "EXISTS (SELECT 1 FROM purges WHERE batch_id = OLD.batch_id"
    erases = f'{_columns_equal(same, _FIXED_ANSWER_COLUMNS)} AND {_columns_null(ERASED_ANSWER_COLUMNS)} AND {purged} AND "row" = OLD."row")'
    forgets = f"{_columns_equal(same, _FIXED_BATCH_COLUMNS)} AND {_columns_null(ERASED_BATCH_COLUMNS)} AND {purged})"
    conditions = {
        "answers": f"NOT ({erases})",
        "batches": f"OLD.status = 'answered' AND NOT ({forgets})",
        "head": "NEW.size < OLD.size OR NEW.recorded_at < OLD.recorded_at",
    }
    for table in GUARDED_TABLES:
        yield Guard(table, "UPDATE", conditions.get(table, ""))
        yield Guard(table, "DELETE")
        if dialect == "postgresql":
            yield Guard(table, "TRUNCATE")


def _refusal_message(guard: Guard) -> str:
    return f"{guard.table}: what is on file is not changed ({guard.operation.lower()} refused)"


def _sqlite_trigger(guard: Guard) -> str:
    when = f" WHEN {guard.condition}" if guard.condition else ""
    return f"CREATE TRIGGER {guard.name} BEFORE {guard.operation} ON {guard.table}{when} BEGIN SELECT RAISE(ABORT, '{_refusal_message(guard)}'); END"


def _postgresql_body(guard: Guard) -> str:
    refusal = f"RAISE EXCEPTION '{_refusal_message(guard)}' USING ERRCODE = 'integrity_constraint_violation';"
    if not guard.condition:
        return f"BEGIN {refusal} END"
    return f"BEGIN IF {guard.condition} THEN {refusal} END IF; RETURN NEW; END"  # PostgreSQL's WHEN takes no subquery


def _postgresql_statements(guard: Guard) -> Iterator[str]:
    each = "ROW" if guard.condition else "STATEMENT"
    name, table = guard.name, guard.table
    yield f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${_postgresql_body(guard)}$guard$"
    yield f"CREATE OR REPLACE TRIGGER {name} BEFORE {guard.operation} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()"
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"


def install_guards(connection: sa.Connection) -> None:
    """Put every guard in place, replacing those that are there."""
    dialect = connection.dialect.name
    for guard in iter_guards(dialect):
        if dialect == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {guard.name}")
            connection.exec_driver_sql(_sqlite_trigger(guard))
        else:
            for statement in _postgresql_statements(guard):
                connection.exec_driver_sql(statement)


def check_guards(connection: sa.Connection) -> Iterator[str]:
    """The guards that are not in place, in words; nothing when all are."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        wanted = {guard.name: _sqlite_trigger(guard) for guard in iter_guards(dialect)}
    else:
        query = (
            "SELECT t.tgname, CASE WHEN t.tgenabled = 'A' THEN p.prosrc END FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE NOT t.tgisinternal AND c.oid = to_regclass(c.relname)"
        )
        wanted = {guard.name: _postgresql_body(guard) for guard in iter_guards(dialect)}
    found = {str(name): text for name, text in connection.exec_driver_sql(query)}
    for name, text in wanted.items():
        if found.get(name) != text:
            yield f"{name} is missing, switched off or altered: somebody could have changed what is on file"
