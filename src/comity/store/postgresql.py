"""The control database on a PostgreSQL server.

Two roles: the owner makes tables, guards and purges; the application role reads and adds, and may change only the
head and batches that are not yet answered.

Guarantees: a commit is on the server's disk before it is acknowledged (synchronous_commit; a server with fsync off is
refused); a server that is gone from the network is given up after a minute; no part of a DSN is in any error.
Does not: encrypt at rest; the server's own disk encryption must. Or give up a server that is stopped while its machine
still acknowledges: whether it committed cannot be known before it speaks.
Basis: stack.md 4.2; libpq connection parameters.
Start at `create_engine`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from comity.errors import ComityError
from comity.store.driver_errors import unavailable_error

_CONNECT_PARAMETERS = {"connect_timeout": 15, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}
_SESSION_OPTIONS = "-c lock_timeout=60000 -c synchronous_commit=on -c timezone=UTC -c client_min_messages=warning"
_COLUMN_TYPES = {"BIGINT": "int8", "TEXT": "text", "BYTEA": "bytea", "DOUBLE PRECISION": "float8", "BOOLEAN": "bool"}


def _import_driver() -> Any:
    try:
        import psycopg  # noqa: PLC0415  an extra: a home on SQLite needs no PostgreSQL driver
    except ImportError:
        raise unavailable_error("the PostgreSQL driver is not installed (comity[postgresql])") from None
    return psycopg


def create_engine(dsn: str) -> sa.Engine:
    """An engine over the server that a DSN (libpq's form) names. Raises ComityError `store_unavailable`."""
    psycopg = _import_driver()
    parameters = _parse_dsn(dsn)
    options = f"{parameters.pop('options', '')} {_SESSION_OPTIONS}".strip()

    def connect() -> Any:
        given = {**_CONNECT_PARAMETERS, "tcp_user_timeout": 60_000, "application_name": "comity", **parameters}
        return psycopg.connect(**given, options=options)

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
    """The role that a DSN names, if it does."""
    user = _parse_dsn(dsn).get("user")
    return None if user is None else str(user)


def _verify_server(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        off = cursor.execute("SHOW fsync").fetchone()[0] != "on"
    connection.rollback()
    if off:
        raise unavailable_error("the server runs with fsync off, and would lose what it acknowledged")


def make_transaction_options(*, write: bool) -> dict[str, Any]:
    """Execution options: one snapshot for all of a read; for a write, each statement sees what is committed."""
    if write:
        return {"isolation_level": "READ COMMITTED", "postgresql_readonly": False}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def acquire_write_lock(connection: sa.Connection) -> None:
    """Take the head's lock: from here to its end, this is the only transaction that writes."""
    connection.exec_driver_sql("SELECT size FROM head WHERE id = 1 FOR UPDATE")


def grant_privileges(connection: sa.Connection, role: str) -> None:
    """Give the application role what it needs, and no more."""
    name = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}",
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT INSERT ON batches, answers, entries, nodes, checkpoints, cosignatures, filings TO {name}",
        f"GRANT INSERT ON openings, accounted, reasons, asked TO {name}",
        f"GRANT DELETE ON asked TO {name}",  # a working table: what nobody counts any more is forgotten
        f"GRANT UPDATE ON batches, head TO {name}",
    ):
        connection.exec_driver_sql(statement)


def copy_rows(connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows of plain values into a table, in binary form."""
    dialect = connection.dialect
    quote = dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    types = [_COLUMN_TYPES[table.c[name].type.compile(dialect).split(" COLLATE")[0]] for name in names]
    statement = f"COPY {quote(table.name)} ({columns}) FROM STDIN (FORMAT BINARY)"
    driver: Any = connection.connection.driver_connection
    base = _import_driver().Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            write: Callable[[Sequence[Any]], None] = copy.write_row
            for row in rows:
                write(row)
    except base as fault:  # SQLAlchemy did not see it, so it is dressed as SQLAlchemy's own
        raise sa.exc.DBAPIError.instance(
            statement, None, fault, base, hide_parameters=True, connection_invalidated=driver.closed, dialect=dialect
        ) from None
