"""What the store needs from one kind of database.

A new database is one module with a class of this shape; a constructor in `store/database.py`; its driver's errors in
`store/driver_errors.py`; its column types in `store/tables.py` and the migrations; its name in
`app/home/home_folder.py`, `app/home/control_dsn.py` and `app/bootstrap.py`; a driver in pyproject.toml.

Guarantees: everything else in `store` is SQLAlchemy Core that every backend takes.
Start at `Backend`; `sqlite` and `postgresql` implement it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from comity.store.guards import GuardDialect


class Backend(GuardDialect, Protocol):
    """One kind of database, and the engine over one database of that kind."""

    @property
    def engine(self) -> sa.Engine:
        """Return the SQLAlchemy engine."""

    @property
    def migrates_on_open(self) -> bool:
        """Return whether opening a store migrates its tables; otherwise their owner does, and opening only verifies."""

    def make_transaction_options(self, *, write: bool) -> Mapping[str, Any]:
        """Return the execution options of a transaction, so that a reading one sees a single moment."""

    def acquire_write_lock(self, connection: sa.Connection) -> None:
        """Make this the only transaction that writes, until it ends; wait for the one before it."""

    def insert_rows(
        self, connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Insert rows of plain values, `columns` being in the table's order, as fast as the driver can."""

    def check_pages(self, connection: sa.Connection, /) -> tuple[str, ...]:
        """Return what is wrong with the database's pages, where they carry seals of their own."""

    def purge_free_pages(self, connection: sa.Connection) -> None:
        """Overwrite what a committed transaction erased, wherever the database may still hold a copy.

        Raises ComityError `store_unavailable` when other readers prevent it.
        """
