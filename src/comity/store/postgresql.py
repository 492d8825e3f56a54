"""The control database on a PostgreSQL server.

Two roles: the owner creates tables and guards and purges answers; the application role reads and adds rows, and may
change only the head and batches that are not answered yet.

Guarantees: a commit is on the server's disk before it is acknowledged (synchronous_commit; a server with fsync off is
refused); a connection to a server that has left the network fails after a minute; no error quotes any part of a DSN.
Does not: encrypt at rest; the server's disk encryption must. Nor does it give up on a server process that is stopped
while its machine still acknowledges packets: only that process can say whether it committed.
Basis: ADR 0003; docs/guides/postgresql.md; libpq connection parameters.
Start at `PostgresqlBackend`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from comity.errors import ComityError
from comity.store.driver_errors import unavailable_error
from comity.store.guards import Guard, iter_guards

_CONNECT_PARAMETERS = {"connect_timeout": 15, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}
_SESSION_OPTIONS = "-c lock_timeout=60000 -c synchronous_commit=on -c timezone=UTC -c client_min_messages=warning"
_COLUMN_TYPES = {"BIGINT": "int8", "TEXT": "text", "BYTEA": "bytea", "DOUBLE PRECISION": "float8", "BOOLEAN": "bool"}


@dataclass(frozen=True, slots=True)
class PostgresqlBackend:
    """A database on a PostgreSQL server, as one of its two roles."""

    engine: sa.Engine
    migrates_on_open: bool = False

    @classmethod
    def connect(cls, dsn: str) -> "PostgresqlBackend":
        """Return a backend over the server of a DSN (libpq's form). Raises ComityError `store_unavailable`."""
        return cls(create_engine(dsn))

    def make_transaction_options(self, *, write: bool) -> Mapping[str, Any]:
        """Return options by which a read has one snapshot, and each statement of a write sees what is committed."""
        if write:
            return {"isolation_level": "READ COMMITTED", "postgresql_readonly": False}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def acquire_write_lock(self, connection: sa.Connection) -> None:
        """Lock the head's row: until it ends, this is the only transaction that writes."""
        connection.exec_driver_sql("SELECT size FROM head WHERE id = 1 FOR UPDATE")

    def insert_rows(
        self, connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Copy rows of plain values into a table (COPY, in binary form)."""
        dialect = connection.dialect
        quote = dialect.identifier_preparer.quote
        types = [_COLUMN_TYPES[table.c[name].type.compile(dialect).split(" COLLATE")[0]] for name in columns]
        statement = f"COPY {quote(table.name)} ({', '.join(map(quote, columns))}) FROM STDIN (FORMAT BINARY)"
        driver: Any = connection.connection.driver_connection
        base = _import_driver().Error
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                copy.set_types(types)
                write: Callable[[Sequence[Any]], None] = copy.write_row
                for row in rows:
                    write(row)
        except base as fault:  # SQLAlchemy did not see it, so it is wrapped as SQLAlchemy would
            raise sa.exc.DBAPIError.instance(
                statement,
                None,
                fault,
                base,
                hide_parameters=True,
                connection_invalidated=driver.closed,
                dialect=dialect,
            ) from None

    def list_guards(self) -> tuple[Guard, ...]:
        """Return every guard."""
        operations = ("UPDATE", "DELETE", "TRUNCATE")
        return tuple(iter_guards(null_safe_equal="IS NOT DISTINCT FROM", operations=operations))

    def install_guard(self, connection: sa.Connection, guard: Guard) -> None:
        """Create a guard's function and trigger, replacing those of that name, and enable it for the owner too."""
        name, table, body = guard.name, guard.table, self.render_guard(guard)
        level, execute = "ROW" if guard.condition else "STATEMENT", f"EXECUTE FUNCTION {name}()"
        for statement in (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$",
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {guard.operation} ON {table} FOR EACH {level} {execute}",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        ):
            connection.exec_driver_sql(statement)

    def render_guard(self, guard: Guard) -> str:
        """Return the body of a guard's function; a trigger's WHEN takes no subquery, so the condition is inside."""
        refusal = f"RAISE EXCEPTION '{guard.refusal}' USING ERRCODE = 'integrity_constraint_violation';"
        if not guard.condition:
            return f"BEGIN {refusal} END"
        return f"BEGIN IF {guard.condition} THEN {refusal} END IF; RETURN NEW; END"

    def read_guards(self, connection: sa.Connection) -> Mapping[str, str | None]:
        """Return the function body of every trigger by name; None for one that is not ENABLE ALWAYS."""
        query = (
            "SELECT t.tgname, CASE WHEN t.tgenabled = 'A' THEN p.prosrc END FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE NOT t.tgisinternal AND c.oid = to_regclass(c.relname)"
        )
        return {str(name): text for name, text in connection.exec_driver_sql(query)}

    def check_pages(self, _connection: sa.Connection, /) -> tuple[str, ...]:
        """Return nothing: the server checks its pages itself."""
        return ()

    def purge_free_pages(self, connection: sa.Connection) -> None:
        """Rewrite the tables that hold answers, so that no dead row stays in their files."""
        connection.exec_driver_sql("VACUUM (FULL) answers, batches, releases")


def _import_driver() -> Any:
    try:
        import psycopg  # noqa: PLC0415  an extra: a home on SQLite needs no PostgreSQL driver
    except ImportError:
        raise unavailable_error("the PostgreSQL driver is not installed (comity[postgresql])") from None
    return psycopg


def create_engine(dsn: str) -> sa.Engine:
    """Return an engine over the server of a DSN (libpq's form). Raises ComityError `store_unavailable`."""
    psycopg = _import_driver()
    parameters = _parse_dsn(dsn)
    options = f"{parameters.pop('options', '')} {_SESSION_OPTIONS}".strip()

    def connect() -> Any:
        parameters_with_defaults = {
            **_CONNECT_PARAMETERS,
            "tcp_user_timeout": 60_000,
            "application_name": "comity",
            **parameters,
        }
        return psycopg.connect(**parameters_with_defaults, options=options)

    engine = sa.create_engine("postgresql+psycopg://", creator=connect, hide_parameters=True, pool_pre_ping=True)
    sa.event.listen(engine, "connect", _verify_server)
    return engine


def _parse_dsn(dsn: str) -> dict[str, Any]:
    psycopg = _import_driver()
    try:
        return dict(psycopg.conninfo.conninfo_to_dict(dsn))
    except psycopg.ProgrammingError:  # its text quotes the DSN
        raise ComityError(
            "store_unavailable",
            "The DSN of the control database is not in libpq's form.",
            "Write it as: host=... dbname=... user=... password=...",
        ) from None


def parse_role(dsn: str) -> str | None:
    """Return the role in a DSN, or None."""
    user = _parse_dsn(dsn).get("user")
    return None if user is None else str(user)


def _verify_server(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        is_fsync_on = cursor.execute("SHOW fsync").fetchone()[0] == "on"
    connection.rollback()
    if not is_fsync_on:
        raise unavailable_error("the server runs with fsync off, and would lose what it acknowledged")


def acquire_migration_lock(connection: sa.Connection) -> None:
    """Make this the only transaction that migrates, until it ends."""
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6103)")


def grant_privileges(connection: sa.Connection, role: str) -> None:
    """Grant the application role what it needs, and no more."""
    name = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}",
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT INSERT ON batches, releases, answers, entries, nodes, checkpoints, cosignatures, filings TO {name}",
        f"GRANT INSERT ON openings, accounted, reasons, asked TO {name}",
        f"GRANT DELETE ON asked TO {name}",  # a working table: digests that no rule counts any more are deleted
        f"GRANT UPDATE ON batches, head TO {name}",
    ):
        connection.exec_driver_sql(statement)
