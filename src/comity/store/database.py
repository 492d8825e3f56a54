"""Opening the control database, and its two kinds of access: many snapshots, one transaction at a time.

Guarantees: on SQLite and on PostgreSQL alike, a write transaction waits for the one before it and holds the only write
lock (BEGIN IMMEDIATE; the head's row FOR UPDATE) from its first statement, so that what it read cannot change under
it; it refuses a database that lacks the last checkpoint this home signed (`anchor`); every failure to open, read or
write is a ComityError `store_unavailable` (or `store_damaged`) without values; after a failed write or fsync the
store refuses everything, so that the process stops.
Does not: retry. After an error in a transaction nothing of it exists, unless the connection was lost in the commit
itself: then it exists whole or not at all, and the next run finds out.
Basis: stack.md 4.1, 4.2 and 5.
Start at `Store.open`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from comity.errors import ComityError
from comity.store import driver_errors, postgresql, schema_version, sqlite
from comity.store.anchor import Anchor
from comity.store.guards import check_guards

_ROWS_PER_FETCH = 10_000


class Snapshot:
    """Reading: everything seen is of one moment."""

    def __init__(self, connection: sa.Connection) -> None:
        """Wrap a connection; only `Store` does."""
        self.connection = connection
        self._streams: set[sa.CursorResult[Any]] = set()

    def stream_rows(self, query: sa.Select[Any], at_once: int = _ROWS_PER_FETCH) -> Iterator[sa.Row[Any]]:
        """The rows of a query without holding more than `at_once` of them."""
        result = self.connection.execute(query, execution_options={"yield_per": at_once})
        self._streams.add(result)
        try:
            yield from result
        finally:
            self._streams.discard(result)
            result.close()

    def stream_columns(
        self, query: sa.Select[Any], at_once: int = _ROWS_PER_FETCH
    ) -> Iterator[tuple[tuple[Any, ...], ...]]:
        """The columns of a query's rows, at most `at_once` rows at a time: for millions of rows, several times faster."""
        result = self.connection.execute(query, execution_options={"yield_per": at_once})
        self._streams.add(result)
        try:
            for rows in result.partitions():
                yield tuple(zip(*rows, strict=True))
        finally:
            self._streams.discard(result)
            result.close()

    def close(self) -> None:
        """End what was not read to its end; `Store` does, before the transaction ends."""
        for result in tuple(self._streams):
            result.close()


class Transaction(Snapshot):
    """Writing: all of it or nothing, one at a time."""

    def __init__(self, connection: sa.Connection) -> None:
        """Wrap a connection; only `Store` does."""
        super().__init__(connection)
        self.signed_checkpoint: tuple[int, bytes] | None = None
        """Size and root of a checkpoint stored in this transaction, for the anchor once it is committed."""

    def insert_many(self, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows of plain values, `columns` being in the table's order, as fast as the driver can."""
        if self.connection.dialect.name == "postgresql":
            postgresql.copy_rows(self.connection, table, columns, rows)
            return
        sqlite.insert_rows(self.connection, table, columns, rows)


class Store:
    """The control database."""

    def __init__(self, engine: sa.Engine, anchor: Anchor | None) -> None:
        """Wrap an engine whose tables exist; use `Store.open` or `Store.connect`."""
        self._engine = engine
        self._anchor = anchor
        self._is_stopped = False

    @classmethod
    def open(cls, path: Path, key: bytes) -> "Store":
        """Open the database in `path`, or create it, with a key of 32 random bytes.

        Raises ComityError `store_unavailable` when the file cannot be opened or written, or the key is not its key.
        """
        return cls._open_and_prepare(
            sqlite.create_engine(path, key), Anchor(path.with_suffix(".anchor")), schema_version.migrate_schema
        )

    @classmethod
    def connect(cls, dsn: str, *, anchor: Path | None = None) -> "Store":
        """Use the database on a PostgreSQL server, as its application role; `migrate` must have made it.

        Args:
            dsn: in libpq's form; it may leave the password to PGPASSFILE.
            anchor: the file that remembers the last checkpoint of this home.

        Raises ComityError `store_unavailable` when it cannot be reached, or is of another version.
        """
        return cls._open_and_prepare(
            postgresql.create_engine(dsn), Anchor(anchor) if anchor else None, schema_version.verify_revision
        )

    @classmethod
    def _open_and_prepare(
        cls, engine: sa.Engine, anchor: Anchor | None, prepare: Callable[[sa.Connection], None]
    ) -> "Store":
        store = cls(engine, anchor)
        try:
            with store._connection(write=engine.dialect.name == "sqlite") as connection:
                prepare(connection)
        except ComityError:
            store.close()
            raise
        return store

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A write transaction: durable when the block ends, undone when it raises. Waits for the one before it.

        Raises LedgerError `ledger_damaged` when the database lacks the last checkpoint that this home signed.
        """
        with self._connection(write=True) as connection:
            if self._engine.dialect.name == "postgresql":
                postgresql.acquire_write_lock(connection)
            if self._anchor is not None:
                self._anchor.verify(connection)
            with closing(Transaction(connection)) as transaction:
                yield transaction
        if self._anchor is not None and transaction.signed_checkpoint is not None:
            try:
                self._anchor.advance(*transaction.signed_checkpoint)
            except OSError:
                self._is_stopped = True
                raise driver_errors.fatal_error() from None

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """A snapshot of what is committed."""
        with self._connection(write=False) as connection, closing(Snapshot(connection)) as snapshot:
            yield snapshot

    @contextmanager
    def _connection(self, *, write: bool) -> Iterator[sa.Connection]:
        if self._is_stopped:
            raise driver_errors.fatal_error()
        options = {"comity_write": write}
        if self._engine.dialect.name == "postgresql":
            options |= postgresql.make_transaction_options(write=write)
        try:
            with self._engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except sa.exc.DBAPIError as fault:
            self._is_stopped = driver_errors.is_fatal(fault)
            raise driver_errors.convert_driver_error(fault) from None

    def check_database(self) -> tuple[str, ...]:
        """What is wrong with the database as a whole, in words: page seals, guards, a copy that is too old."""
        with self.read() as snapshot:
            found = list(sqlite.check_pages(snapshot.connection)) if self._engine.dialect.name == "sqlite" else []
            found += check_guards(snapshot.connection)
            found += self._anchor.check(snapshot.connection) if self._anchor is not None else ()
        return tuple(found)

    def purge_free_pages(self) -> None:
        """Leave nothing of what a committed transaction erased in the journal (SQLite) or the tables' files (PostgreSQL).

        Raises ComityError `store_unavailable` when others are reading; what was erased stays erased.
        """
        try:
            with self._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                if self._engine.dialect.name == "postgresql":
                    connection.exec_driver_sql("VACUUM (FULL) answers, batches")
                else:
                    sqlite.truncate_journal(connection)
        except sa.exc.DBAPIError as fault:
            raise driver_errors.convert_driver_error(fault) from None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def migrate_postgresql(owner_dsn: str, *, role: str) -> None:
    """Make or update the tables and guards on a PostgreSQL server, as their owner, and let `role` use them.

    Raises ComityError `store_unavailable`.
    """
    engine = postgresql.create_engine(owner_dsn)
    store = Store(engine, None)
    try:
        with store._connection(write=True) as connection:  # noqa: SLF001  no head to lock before there are tables
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6103)")  # two may try at once
            schema_version.migrate_schema(connection)
            postgresql.grant_privileges(connection, role)
    finally:
        store.close()
