"""The control database in one encrypted file: SQLite through SQLCipher.

Guarantees: a raw 256-bit key, mode 0600, journal WAL, synchronous FULL; a library with the WAL-reset bug, or without
encryption, is refused; what is erased is overwritten (secure_delete).
Basis: ADR 0003; sqlite.org on the WAL-reset bug, fixed in 3.51.3.
Start at `SqliteBackend`.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlcipher3 import dbapi2

from comity.store.driver_errors import unavailable_error
from comity.store.guards import Guard, iter_guards

MIN_SQLITE_VERSION = (3, 51, 3)
_BUSY_TIMEOUT_SECONDS = 60
_ROWS_PER_STATEMENT = 200
_DIALECT = sqlite_dialect.dialect(paramstyle="qmark")

# Without these the driver searches for an adapter at every bytes and None it binds: half of an insert's time.
dbapi2.register_adapter(bytes, bytes)
dbapi2.register_adapter(type(None), {}.get)


@dataclass(frozen=True, slots=True)
class SqliteBackend:
    """SQLite with SQLCipher, over one encrypted file."""

    engine: sa.Engine
    migrates_on_open: bool = True

    @classmethod
    def open(cls, path: Path, key: bytes) -> "SqliteBackend":
        """Return a backend over the file at `path`, created when missing. Raises ComityError `store_unavailable`."""
        return cls(create_engine(path, key))

    def make_transaction_options(self, *, write: bool) -> Mapping[str, Any]:
        """Return options by which `_begin_transaction` takes the write lock, or not."""
        return {"comity_write": write}

    def acquire_write_lock(self, connection: sa.Connection) -> None:
        """Return at once: BEGIN IMMEDIATE has taken the lock."""

    def insert_rows(
        self, connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Insert rows of plain values, many by one statement: less than half the time of one by one."""
        statement = _render_insert(table, tuple(columns))
        placeholders = f"({', '.join('?' * len(columns))})"
        driver: Any = connection.connection.driver_connection
        remaining = iter(rows)
        try:
            while chunk := list(islice(remaining, _ROWS_PER_STATEMENT)):
                more_rows = f", {placeholders}" * (len(chunk) - 1)
                driver.execute(f"{statement}{more_rows}", list(chain.from_iterable(chunk)))
        except dbapi2.Error as fault:  # SQLAlchemy did not see it, so it is wrapped as SQLAlchemy would
            raise sa.exc.DBAPIError.instance(
                statement, None, fault, dbapi2.Error, hide_parameters=True, dialect=connection.dialect
            ) from None

    def list_guards(self) -> tuple[Guard, ...]:
        """Return every guard; SQLite has no TRUNCATE."""
        return tuple(iter_guards(null_safe_equal="IS", operations=("UPDATE", "DELETE")))

    def install_guard(self, connection: sa.Connection, guard: Guard) -> None:
        """Create a guard's trigger, replacing one of that name."""
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {guard.name}")
        connection.exec_driver_sql(self.render_guard(guard))

    def render_guard(self, guard: Guard) -> str:
        """Return the statement that creates a guard; SQLite keeps it as its text."""
        when = f" WHEN {guard.condition}" if guard.condition else ""
        return (
            f"CREATE TRIGGER {guard.name} BEFORE {guard.operation} ON {guard.table}{when} "
            f"BEGIN SELECT RAISE(ABORT, '{guard.refusal}'); END"
        )

    def read_guards(self, connection: sa.Connection) -> Mapping[str, str | None]:
        """Return the text of every trigger by name."""
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        return {str(name): text for name, text in connection.exec_driver_sql(query)}

    def check_pages(self, connection: sa.Connection) -> tuple[str, ...]:
        """Return what is wrong with any page's own seal (SQLCipher's HMAC)."""
        return tuple(str(row[0]) for row in connection.exec_driver_sql("PRAGMA cipher_integrity_check"))

    def purge_free_pages(self, connection: sa.Connection) -> None:
        """Move the journal into the file and truncate it, so that nothing of what was erased stays in it."""
        if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
            raise unavailable_error("what was erased is still in its journal, because another process is reading")


@lru_cache(maxsize=256)  # to render it takes longer than to insert a row
def _render_insert(table: sa.Table, columns: tuple[str, ...]) -> str:
    return str(sa.insert(table).compile(dialect=_DIALECT, column_keys=list(columns)))


def create_engine(path: Path, key: bytes) -> sa.Engine:
    """Return an engine over the file at `path`, created when missing. Raises ComityError `store_unavailable`."""
    if len(key) != 32:
        raise RuntimeError("the store's key is 32 bytes")
    _verify_library()
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as fault:
        raise unavailable_error(fault.strerror or "it cannot be opened") from None
    engine = sa.create_engine(
        "sqlite://",
        module=dbapi2,
        creator=lambda: _connect(path, key),
        poolclass=sa.pool.QueuePool,
        hide_parameters=True,  # no value from a row in any error text
    )
    sa.event.listen(engine, "begin", _begin_transaction)
    return engine


def _verify_library() -> None:
    """Refuse a SQLite with the WAL-reset bug, or without encryption."""
    if dbapi2.sqlite_version_info < MIN_SQLITE_VERSION:
        raise unavailable_error(f"its library is SQLite {dbapi2.sqlite_version}, which can lose committed data")
    connection = dbapi2.connect(":memory:")
    try:
        if connection.execute("PRAGMA cipher_version").fetchone() is None:
            raise unavailable_error("its library cannot encrypt")
    finally:
        connection.close()


def _connect(path: Path, key: bytes) -> Any:
    connection = dbapi2.connect(str(path), timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # the library's own messages on stderr help nobody
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")  # a raw key: no derivation, 0.3 ms
        connection.execute("PRAGMA temp_store = MEMORY")  # nothing in clear text in temporary files
        connection.execute("PRAGMA cache_size = -524288")  # 512 MiB at most: a page that leaves it must be sealed again
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")  # INSERT OR REPLACE deletes too, and fires the guards
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA journal_size_limit = 67108864")  # the WAL of a large batch is cut back
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_transaction(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("comity_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
