"""What the database's owner can do who drops the guards, changes what is on file, and puts the guards back."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from comity.store.database import Store
from comity.store.guards import install_guards, iter_guards


@contextmanager
def without_guards(store: Store) -> Iterator[sa.Connection]:
    """A connection in a transaction of its own, without guards; they are put (back) in place at the end."""
    with store._connection(write=True) as connection:
        drop_guards(connection)
        yield connection
        install_guards(connection)


def drop_guards(connection: sa.Connection) -> None:
    """Let anybody change anything."""
    for guard in iter_guards(connection.dialect.name):
        place = "" if connection.dialect.name == "sqlite" else f" ON {guard.table}"
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {guard.name}{place}")
