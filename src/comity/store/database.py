"""Open the control database, and give two kinds of access to it: many snapshots, one write transaction at a time.

Guarantees: on every backend, a write transaction waits for the one before it and holds the only write lock from its
first statement, so that nothing it read can change meanwhile; it refuses a database that lacks the last checkpoint this
home signed (`anchor`); every failure to open, read or write is a ComityError `store_unavailable` (or `store_damaged`)
that quotes no value; after a failed write or fsync the store refuses everything, so that the process stops.
Does not: retry. After an error in a transaction nothing of it exists, unless the connection was lost in the commit
itself: then it exists whole or not at all, and the next run finds out.
Basis: ADR 0003, ADR 0009.
Start at `Store.open`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from comity.errors import ComityError
from comity.store import driver_errors, postgresql, schema_version
from comity.store.anchor import Anchor
from comity.store.backend import Backend
from comity.store.guards import check_guards
from comity.store.postgresql import PostgresqlBackend
from comity.store.sqlite import SqliteBackend
from comity.tlog.merkle import EMPTY_ROOT

_ROWS_PER_FETCH = 10_000


class Snapshot:
    """A read transaction: it sees the database as of one moment."""

    def __init__(self, connection: sa.Connection) -> None:
        """Wrap a connection; only `Store` does this."""
        self.connection = connection
        self._streams: set[sa.CursorResult[Any]] = set()

    def stream_rows(self, query: sa.Select[Any], max_rows: int = _ROWS_PER_FETCH) -> Iterator[sa.Row[Any]]:
        """Yield the rows of a query without holding more than `max_rows` of them."""
        result = self.connection.execute(query, execution_options={"yield_per": max_rows})
        self._streams.add(result)
        try:
            yield from result
        finally:
            self._streams.discard(result)
            result.close()

    def stream_columns(
        self, query: sa.Select[Any], max_rows: int = _ROWS_PER_FETCH
    ) -> Iterator[tuple[tuple[Any, ...], ...]]:
        """Yield the columns of a query's rows, at most `max_rows` at a time: several times faster than rows."""
        result = self.connection.execute(query, execution_options={"yield_per": max_rows})
        self._streams.add(result)
        try:
            for rows in result.partitions():
                yield tuple(zip(*rows, strict=True))
        finally:
            self._streams.discard(result)
            result.close()

    def close(self) -> None:
        """Close the streams that were not read to their end; `Store` does this before the transaction ends."""
        for result in tuple(self._streams):
            result.close()


class Transaction(Snapshot):
    """A write transaction: all of it is committed or nothing, one at a time."""

    def __init__(self, connection: sa.Connection, backend: Backend) -> None:
        """Wrap a connection; only `Store` does this."""
        super().__init__(connection)
        self._backend = backend
        self.signed_checkpoint: tuple[int, bytes] | None = None
        """Size and root of a checkpoint stored in this transaction, for the anchor once it is committed."""

    def insert_many(self, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows of plain values, `columns` being in the table's order, as fast as the driver can."""
        self._backend.insert_rows(self.connection, table, columns, rows)


class Store:
    """The control database."""

    def __init__(self, backend: Backend, anchors: Sequence[Anchor]) -> None:
        """Wrap a database whose tables exist; use `open`, `connect` or `open_backend`."""
        self._backend = backend
        self._engine = backend.engine
        self._anchors = anchors
        self._is_stopped = False

    @classmethod
    def open(cls, path: Path, key: bytes, *, second_anchor: Path | None = None) -> "Store":
        """Open the SQLite file at `path`, or create it, with a key of 32 random bytes; its anchor is beside it.

        Raises ComityError `store_unavailable` when the file cannot be opened or written, or has another key.
        """
        anchors = _make_anchors(path.with_suffix(".anchor"), second_anchor)
        return cls.open_backend(SqliteBackend.open(path, key), anchors)

    @classmethod
    def connect(cls, dsn: str, *, anchor: Path | None = None, second_anchor: Path | None = None) -> "Store":
        """Use the database on a PostgreSQL server, as its application role; `migrate_postgresql` must have made it.

        Args:
            dsn: in libpq's form; it may leave the password to PGPASSFILE.
            anchor: the file that remembers the last checkpoint of this home.
            second_anchor: another such file, outside of the home.

        Raises ComityError `store_unavailable` when it cannot be reached, or is of another version.
        """
        return cls.open_backend(PostgresqlBackend.connect(dsn), _make_anchors(anchor, second_anchor))

    @classmethod
    def open_backend(cls, backend: Backend, anchors: Sequence[Anchor]) -> "Store":
        """Open a database of any kind, and bring its tables to this version or verify that they are of it.

        Raises ComityError `store_unavailable`.
        """
        store = cls(backend, anchors)
        try:
            with store._connection(write=backend.migrates_on_open) as connection:
                if backend.migrates_on_open:
                    schema_version.migrate_schema(connection, backend)
                else:
                    schema_version.verify_revision(connection)
        except ComityError:
            store.close()
            raise
        return store

    @contextmanager
    def begin(self, *, replaces_anchor: bool = False) -> Iterator[Transaction]:
        """Open a write transaction: durable when the block ends, undone when it raises. Waits for the one before it.

        With `replaces_anchor` the anchor beside the database may be missing; the transaction's `signed_checkpoint`
        becomes the new one.

        Raises LedgerError `ledger_damaged` when the database lacks the last checkpoint that this home signed.
        """
        with self._connection(write=True) as connection:
            self._backend.acquire_write_lock(connection)
            for anchor in self._anchors:
                if not (replaces_anchor and anchor.read() is None):
                    anchor.verify(connection)
            if not replaces_anchor:
                self._advance_anchors(0, EMPTY_ROOT, missing_only=True)  # from now on it may not be missing
            with closing(Transaction(connection, self._backend)) as transaction:
                yield transaction
        if transaction.signed_checkpoint is not None:
            self._advance_anchors(*transaction.signed_checkpoint)

    def _advance_anchors(self, size: int, root: bytes, *, missing_only: bool = False) -> None:
        try:
            for anchor in self._anchors:
                if not missing_only or (not anchor.is_second and anchor.read() is None):
                    anchor.advance(size, root)
        except OSError:
            self._is_stopped = True
            raise driver_errors.fatal_error() from None

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """Open a snapshot of what is committed."""
        with self._connection(write=False) as connection, closing(Snapshot(connection)) as snapshot:
            yield snapshot

    @contextmanager
    def _connection(self, *, write: bool) -> Iterator[sa.Connection]:
        if self._is_stopped:
            raise driver_errors.fatal_error()
        options = self._backend.make_transaction_options(write=write)
        try:
            with self._engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except sa.exc.DBAPIError as fault:
            self._is_stopped = driver_errors.is_fatal(fault)
            raise driver_errors.convert_driver_error(fault) from None

    def check_anchors(self) -> tuple[str, ...]:
        """Return what the anchors find wrong: that the database is too old, or that an anchor is missing."""
        with self.read() as snapshot:
            return tuple(finding for anchor in self._anchors for finding in anchor.check(snapshot.connection))

    def check_database(self) -> tuple[str, ...]:
        """Return what is wrong with the database as a whole: page seals, guards, a copy that is too old."""
        with self.read() as snapshot:
            findings = [*self._backend.check_pages(snapshot.connection)]
            findings += check_guards(snapshot.connection, self._backend)
            for anchor in self._anchors:
                findings += anchor.check(snapshot.connection)
        return tuple(findings)

    def purge_free_pages(self) -> None:
        """Overwrite what a committed transaction erased, in the journal (SQLite) or the tables' files (PostgreSQL).

        Raises ComityError `store_unavailable` when others are reading; what was erased stays erased.
        """
        try:
            with self._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                self._backend.purge_free_pages(connection)
        except sa.exc.DBAPIError as fault:
            raise driver_errors.convert_driver_error(fault) from None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _make_anchors(first: Path | None, second: Path | None) -> list[Anchor]:
    anchors = [] if first is None else [Anchor(first)]
    return anchors if second is None else [*anchors, Anchor(second, is_second=True)]


def migrate_postgresql(owner_dsn: str, *, role: str) -> None:
    """Create or update the tables and guards on a PostgreSQL server, as their owner, and let `role` use them.

    Raises ComityError `store_unavailable`.
    """
    backend = PostgresqlBackend.connect(owner_dsn)
    store = Store(backend, ())
    try:
        with store._connection(write=True) as connection:  # noqa: SLF001  no head to lock before there are tables
            postgresql.acquire_migration_lock(connection)  # two may try at once
            schema_version.migrate_schema(connection, backend)
            postgresql.grant_privileges(connection, role)
    finally:
        store.close()
