"""Store what a witness has seen: one table, one row for each log, advanced by compare-and-swap.

Guarantees: a row changes only if it still has the size that the caller's decision was based on, in one transaction
that is on disk before `advance` returns; two processes may share the file.
Does not: use a write-ahead log. SQLite before 3.51.3 has a bug in it that can lose commits (sqlite.org/wal.html), and
without it the standard library's SQLite is enough, so a witness needs no other database.
Start at `WitnessState.advance`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from comity.errors import LedgerError
from comity.tlog.merkle import EMPTY_ROOT

_CREATE_TABLE = (
    "CREATE TABLE IF NOT EXISTS seen "
    "(origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)"
)
_WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class LastCheckpoint:
    """The last checkpoint of a log that was cosigned; size 0 and no note before the first."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str = ""


class WitnessState:
    """The witness's database file."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises LedgerError `ledger_damaged` when it is another kind of file."""
        self._path = path
        with self._open() as connection:
            connection.execute(_CREATE_TABLE)

    def get(self, origin: str) -> LastCheckpoint:
        """Return the last checkpoint of this log that was cosigned."""
        with self._open() as connection:
            return _select_checkpoint(connection, origin)

    def advance(self, origin: str, old_size: int, new: LastCheckpoint) -> int:
        """Replace the row of a log if it has the size `old_size`; return the size it had, `old_size` if replaced."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            size = _select_checkpoint(connection, origin).size
            if size == old_size:
                values = (origin, new.size, new.root, new.note)
                connection.execute("INSERT OR REPLACE INTO seen (origin, size, root, note) VALUES (?, ?, ?, ?)", values)
            connection.execute("COMMIT")
        return size

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = EXTRA")  # a commit also syncs the folder
                yield connection
        except sqlite3.Error as error:
            message = "The witness's own state cannot be read or written, so nothing is cosigned."
            raise LedgerError(
                "ledger_damaged", message, "Restore nothing: an old copy would let a log go back."
            ) from error


def _select_checkpoint(connection: sqlite3.Connection, origin: str) -> LastCheckpoint:
    row = connection.execute("SELECT size, root, note FROM seen WHERE origin = ?", (origin,)).fetchone()
    return LastCheckpoint() if row is None else LastCheckpoint(*row)
