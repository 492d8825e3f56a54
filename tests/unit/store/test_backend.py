"""A database is what its backend says: another backend takes one class, and nothing else in the store knows of it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.store.anchor import Anchor
from comity.store.database import Store
from comity.store.guards import Guard
from comity.store.sqlite import SqliteBackend
from tests.support.sample_ledger import DATABASE_KEY, ORIGIN, RECORDED_AT, SIGNER, insert_released_batch


class OtherBackend(SqliteBackend):
    """A backend with inserts, guards and page checks of its own."""

    def insert_rows(
        self, connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Insert rows one by one, through SQLAlchemy."""
        for row in rows:
            connection.execute(table.insert(), dict(zip(columns, row, strict=True)))

    def list_guards(self) -> tuple[Guard, ...]:
        """Return a single guard."""
        return (Guard("purges", "DELETE"),)

    def check_pages(self, connection: sa.Connection, /) -> tuple[str, ...]:
        """Return a finding of its own."""
        return (f"a page of {connection.dialect.name} is not as it was",)


def test_open_backend_takes_a_backend_that_the_store_does_not_know(tmp_path: Path) -> None:
    store = Store.open_backend(OtherBackend.open(tmp_path / "control.db", DATABASE_KEY), [Anchor(tmp_path / "anchor")])
    insert_released_batch(store, "B1", 300)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ("a page of sqlite is not as it was",)
    with store.read() as tx:
        names = tx.connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    assert names == ["guard_purges_delete"]
    store.close()
