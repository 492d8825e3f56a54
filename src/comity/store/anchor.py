"""The anchor: the largest checkpoint this home ever stored, kept in a small file beside the database.

A database restored from an older copy is consistent in itself: only something outside of it can show that a signed
checkpoint is missing. A witness does that better, since others hold it; the anchor works without any.

Guarantees: the file appears whole and is synced; it never names a smaller size than before.
Does not: help when the whole home, this file included, is restored with the database.
Basis: C2SP tlog-checkpoint ("a log MUST NOT sign ... inconsistent").
Start at `Anchor.verify`.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from comity.errors import LedgerError
from comity.folders import fsync_folder
from comity.store.tables import checkpoints


@dataclass(frozen=True, slots=True)
class Anchor:
    """The file: one line, with the tree size and the root hash in hex."""

    path: Path

    def read(self) -> tuple[int, str] | None:
        """Return size and root of the largest checkpoint; None before the first.

        Raises LedgerError `ledger_damaged` when the file is damaged.
        """
        try:
            size, root = self.path.read_text(encoding="ascii").split()
            return int(size), bytes.fromhex(root).hex()
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise LedgerError(
                "ledger_damaged",
                f"The file {self.path.name} beside the control database cannot be read, so nobody can tell whether the "
                "database is the newest.",
                "Compare the ledger with a checkpoint that others hold before anything is released.",
            ) from None

    def advance(self, size: int, root: bytes) -> None:
        """Store a committed checkpoint, unless a larger one is stored."""
        largest = self.read()
        if largest is not None and largest[0] >= size:
            return
        partial = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(f"{size} {root.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)
        fsync_folder(self.path.parent)

    def check(self, connection: sa.Connection) -> tuple[str, ...]:
        """Return a finding when the database lacks the stored checkpoint, or nothing."""
        largest = self.read()
        if largest is None:
            return ()
        size, root = largest
        stored = connection.execute(sa.select(checkpoints.c.root).where(checkpoints.c.size == size)).scalar()
        if stored is not None and stored.hex() == root:
            return ()
        which = "another" if stored is not None else "no"
        finding = (
            f"a checkpoint of {size} entries was signed, and the control database holds {which} checkpoint of that "
            "size: it was restored from an older copy, or its history was changed"
        )
        return (finding,)

    def verify(self, connection: sa.Connection) -> None:
        """Refuse a database that lacks the stored checkpoint. Raises LedgerError `ledger_damaged`."""
        for finding in self.check(connection):
            raise LedgerError(
                "ledger_damaged",
                f"Nothing is written: {finding}. Going on would create a second history.",
                "Restore the newest copy. If it is lost, begin a new home, and keep this one as evidence.",
            )
