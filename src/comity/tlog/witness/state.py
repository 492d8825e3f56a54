"""What a witness remembers: one table, one row for each log, moved on by compare-and-swap.

Guarantees: the row changes only if it still is of the size that the caller judged by, in one transaction that is on
disk before `advance` returns; two processes may share the file.
Does not: use a write-ahead log, in which SQLite 3.7.0 to 3.51.2 carries the WAL-reset bug (stack.md 4.1), so that the
standard library's SQLite will do and a witness needs no database of ours.
Start at `State.advance`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from comity.errors import LedgerError
from comity.tlog.merkle import EMPTY_ROOT

_CREATE_TABLE = "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)"
_WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class LastCheckpoint:
    """The last checkpoint cosigned of a log: size 0 and no note before the first."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str = ""


class WitnessState:
    """The witness's file."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises LedgerError `ledger_damaged` when it is not such a file."""
        self._path = path
        with self._open() as connection:
            connection.execute(_CREATE_TABLE)

    def get(self, origin: str) -> LastCheckpoint:
        """The last checkpoint cosigned of this log."""
        with self._open() as connection:
            return _select_checkpoint(connection, origin)

    def advance(self, origin: str, old_size: int, new: LastCheckpoint) -> int:
        """Put `new` in the place of the row of `old_size`; the size found, which is another when nothing was changed."""
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
                connection.execute("PRAGMA synchronous = EXTRA")  # the folder too is synced before a commit counts
                yield connection
        except sqlite3.Error as fault:
            message = "The witness's own state cannot be read or written, so nothing is cosigned."
            raise LedgerError(
                "ledger_damaged", message, "Restore nothing: an old copy would let a log go back."
            ) from fault


def _select_checkpoint(connection: sqlite3.Connection, origin: str) -> LastCheckpoint:
    row = connection.execute("SELECT size, root, note FROM seen WHERE origin = ?", (origin,)).fetchone()
    return LastCheckpoint() if row is None else LastCheckpoint(*row)
