"""Open the desk's file, and give snapshots and write transactions over it.

Guarantees: as `comity.store.database`: every failure is a ComityError `store_unavailable` that quotes no value; a
writer waits for the one before it.
Start at `Desk.open`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from comity.errors import ComityError
from comity.store import driver_errors
from comity.store.desk import review_tables
from comity.store.desk.desk_tables import DESK_VERSION
from comity.store.sqlite import create_engine

DeskConnection = sa.Connection
"""What functions of the desk read and write through."""


class Desk:
    """The desk's database."""

    def __init__(self, engine: sa.Engine) -> None:
        """Wrap an engine over a file whose tables exist; use `open`."""
        self._engine = engine

    @classmethod
    def open(cls, path: Path, key: bytes) -> "Desk":
        """Open the file at `path`, or create it, with a key of 32 bytes.

        Raises ComityError `store_unavailable`, also for a file of another version.
        """
        desk = cls(create_engine(path, key))
        try:
            with desk.begin() as connection:
                _prepare_tables(connection)
        except ComityError:
            desk.close()
            raise
        return desk

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Open a write transaction: durable when the block ends, undone when it raises."""
        with self._connect(write=True) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a snapshot of what is committed."""
        with self._connect(write=False) as connection:
            yield connection

    @contextmanager
    def _connect(self, *, write: bool) -> Iterator[sa.Connection]:
        try:
            with (
                self._engine.connect().execution_options(comity_write=write) as connection,
                connection.begin(),
            ):
                yield connection
        except sa.exc.DBAPIError as fault:
            raise driver_errors.convert_driver_error(fault) from None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _prepare_tables(connection: sa.Connection) -> None:
    """Create the tables of a new file. Raises ComityError `store_unavailable` for one of another version."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version == 0:
        review_tables.metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {DESK_VERSION}")
    elif version != DESK_VERSION:
        message = f"The desk is of version {version}, and this Comity works with {DESK_VERSION}."
        hint = "Finish its work with the Comity that made it, then move desk.db out of the home."
        raise ComityError("store_unavailable", message, hint)
