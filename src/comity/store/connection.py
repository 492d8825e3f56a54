"""Opening the control database, and its two kinds of access: many snapshots, one transaction at a time.

Guarantees: the file is SQLCipher under a raw 256-bit key, mode 0600, journal WAL, synchronous FULL; a write
transaction holds the database's only write lock from its first statement (BEGIN IMMEDIATE), so that what it read
cannot change under it; every failure to open, read or write is a ComityError `store_unavailable` (or `store_damaged`, where a page's own seal
is broken) without values.
Does not: retry. After an error in a transaction nothing of it exists.
Basis: stack.md 4.1; sqlite.org on the WAL-reset bug, mended in 3.51.3.
Start at `Store.open`.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlcipher3 import dbapi2

from comity.errors import ComityError
from comity.store.tables import metadata

OLDEST_SQLITE = (3, 51, 3)
_CHUNK = 10_000
_WAIT_SECONDS = 60

# Without these the driver looks in vain for an adapter at every bytes and None it binds: half of an insert's time.
dbapi2.register_adapter(bytes, bytes)
dbapi2.register_adapter(type(None), {}.get)


class Snapshot:
    """Reading: everything seen is of one moment."""

    def __init__(self, connection: sa.Connection) -> None:
        """Wrap a connection; only `Store` does."""
        self.connection = connection

    def stream(self, query: sa.Select[Any], at_once: int = _CHUNK) -> Iterator[sa.Row[Any]]:
        """The rows of a query without holding more than `at_once` of them."""
        yield from self.connection.execute(query, execution_options={"yield_per": at_once})


class Transaction(Snapshot):
    """Writing: all of it or nothing, one at a time."""

    def insert_many(self, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows of plain values, `columns` being in the table's order, as fast as the driver can."""
        dialect = self.connection.dialect
        statement = sa.insert(table).compile(dialect=dialect, column_keys=list(columns))
        remaining = iter(rows)
        while chunk := [tuple(row) for row in islice(remaining, _CHUNK)]:
            if dialect.positional:
                self.connection.exec_driver_sql(str(statement), chunk)
            else:
                self.connection.execute(sa.insert(table), [dict(zip(columns, row, strict=True)) for row in chunk])


class Store:
    """The control database."""

    def __init__(self, engine: sa.Engine) -> None:
        """Wrap an engine whose tables exist; use `Store.open`."""
        self._engine = engine

    @classmethod
    def open(cls, path: Path, key: bytes) -> "Store":
        """Open the database in `path`, or create it, with a key of 32 random bytes.

        Raises ComityError `store_unavailable` when the file cannot be opened or written, or the key is not its key.
        """
        if len(key) != 32:
            raise RuntimeError("the store's key is 32 bytes")
        _verify_library()
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
        except OSError as fault:
            raise _unavailable(fault.strerror or "it cannot be opened") from None
        engine = sa.create_engine(
            "sqlite://",
            module=dbapi2,
            creator=lambda: _connect(path, key),
            poolclass=sa.pool.QueuePool,
            hide_parameters=True,  # no value from a row in any error text
        )
        sa.event.listen(engine, "begin", _begin)
        store = cls(engine)
        try:
            with store.begin() as tx:
                metadata.create_all(tx.connection)
        except ComityError:
            store.close()
            raise
        return store

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A write transaction: durable when the block ends, undone when it raises. Waits for the one before it."""
        with self._connection(write=True) as connection:
            yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """A snapshot of what is committed."""
        with self._connection(write=False) as connection:
            yield Snapshot(connection)

    @contextmanager
    def _connection(self, *, write: bool) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                connection.execution_options(comity_write=write)
                with connection.begin():
                    yield connection
        except sa.exc.IntegrityError as fault:
            raise RuntimeError(f"the store refuses a row: {fault.orig}") from None  # names columns, never values
        except sa.exc.DBAPIError as fault:
            raise _unavailable(str(fault.orig)) from None

    def check_file(self) -> tuple[str, ...]:
        """Check every page's own seal (SQLCipher's HMAC): what is wrong, in words; empty when nothing is."""
        if self._engine.dialect.name != "sqlite":
            return ()
        with self.read() as snapshot:
            return tuple(str(row[0]) for row in snapshot.connection.exec_driver_sql("PRAGMA cipher_integrity_check"))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _verify_library() -> None:
    """Refuse a SQLite with the WAL-reset bug, or without encryption."""
    if dbapi2.sqlite_version_info < OLDEST_SQLITE:
        raise _unavailable(f"its library is SQLite {dbapi2.sqlite_version}, which can lose committed data")
    connection = dbapi2.connect(":memory:")
    try:
        if connection.execute("PRAGMA cipher_version").fetchone() is None:
            raise _unavailable("its library cannot encrypt")
    finally:
        connection.close()


def _connect(path: Path, key: bytes) -> Any:
    connection = dbapi2.connect(str(path), timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # the library's own words on stderr help nobody
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")  # a raw key: no derivation, 0.3 ms
        connection.execute("PRAGMA temp_store = MEMORY")  # nothing in clear in temporary files
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_size_limit = 67108864")  # the WAL of a large batch is cut back
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("comity_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _unavailable(reason: str) -> ComityError:
    if "malformed" in reason:  # a page's own seal is broken
        return ComityError(
            "store_damaged",
            "The control database is damaged: a page of it is not what Comity wrote. Nothing it says can be relied on.",
            "Keep the file as evidence, restore a copy, and compare its ledger with the checkpoints others hold.",
        )
    return ComityError(
        "store_unavailable",
        f"The control database cannot be used: {reason}. Nothing can be answered without it.",
        "Check that the file is there and writable, and that the key is the one it was made with.",
    )
