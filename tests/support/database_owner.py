"""Act as a database owner who drops the guards, changes what is on file, and puts the guards back."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from comity.store.backend import Backend
from comity.store.database import Store
from comity.store.guards import install_guards


@contextmanager
def without_guards(store: Store) -> Iterator[sa.Connection]:
    """Open a transaction without guards; they are put in place again at its end."""
    with store._connection(write=True) as connection:
        drop_guards(connection, store._backend)
        yield connection
        install_guards(connection, store._backend)


def drop_guards(connection: sa.Connection, backend: Backend) -> None:
    """Drop every guard, so that anybody can change anything."""
    for guard in backend.list_guards():
        place = "" if connection.dialect.name == "sqlite" else f" ON {guard.table}"
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {guard.name}{place}")
