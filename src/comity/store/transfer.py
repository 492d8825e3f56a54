"""Copy a control database into another one, table by table, when a home moves from SQLite to PostgreSQL.

Guarantees: the source is one snapshot under its write lock, so that nothing is written to it meanwhile; the target must
be empty; all tables are copied in one transaction, and their rows are counted on both sides.
Does not: erase the source, or say which database the home uses afterwards.
Start at `copy_database`.
"""

import sqlalchemy as sa

from comity.errors import ComityError
from comity.store.database import Store
from comity.store.tables import head, metadata


def copy_database(source: Store, target: Store) -> dict[str, int]:
    """Copy every table of `source` into the empty `target`, as the owner of its tables; return the rows of each.

    Raises:
        ComityError: `store_unavailable`, the target holds a ledger already, or a table has other rows in the end.
    """
    tables = [table for table in metadata.sorted_tables if table is not head]
    counts: dict[str, int] = {}
    with source.begin() as old, target.begin() as new:
        if any(new.connection.execute(_count(table)).scalar_one() for table in tables):
            message = "The PostgreSQL database holds a ledger already, so that nothing was moved into it."
            raise ComityError("store_unavailable", message, "Name an empty database with COMITY_DSN.")
        for table in tables:
            columns = [column.name for column in table.columns]
            rows = old.stream_rows(sa.select(table))
            new.insert_many(table, columns, (tuple(row) for row in rows))
            counts[table.name] = int(new.connection.execute(_count(table)).scalar_one())
            if counts[table.name] != old.connection.execute(_count(table)).scalar_one():
                raise ComityError("store_unavailable", f"Not every row of {table.name} was copied.", "Run it again.")
        for row in old.connection.execute(sa.select(head)).mappings():
            new.connection.execute(sa.update(head).values(**row))
    return counts


def _count(table: sa.Table) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(table)
