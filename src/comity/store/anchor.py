"""The anchor: the largest checkpoint this home ever stored, kept in a small file outside of the database.

A database restored from an older copy is consistent in itself: only something outside of it can show that a signed
checkpoint is missing. A witness does that better, since others hold it; anchors work without any. One is beside the
database; a second one is outside of the home, so that it notices when the whole home is restored with its anchor.

Guarantees: the file appears whole and is synced; it never names a smaller size than before. The anchor beside a
database that has checkpoints may not be missing. The second one may: another machine has none yet.
Does not: help when every anchor is restored or deleted with the database, and no witness is required.
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
    """The file: one line, with the tree size and the root hash in hex. `is_second` is said of one outside the home."""

    path: Path
    is_second: bool = False

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
                f"The file {self.path.name} ({self._place}) cannot be read, so nobody can tell whether the control "
                "database is the newest.",
                "Compare the ledger with a checkpoint that others hold before anything is released.",
            ) from None

    @property
    def _place(self) -> str:
        return "outside of the home" if self.is_second else "beside the control database"

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
        """Return a finding when the database lacks the stored checkpoint, or the anchor is missing; else nothing."""
        largest = self.read()
        if largest is None:
            newest = connection.execute(sa.select(sa.func.max(checkpoints.c.size))).scalar()
            if newest is None or self.is_second:
                return ()
            finding = (
                f"the control database has a checkpoint of {newest} entries, and the anchor beside it is missing, so "
                "that nobody can tell whether the database was restored from an older copy"
            )
            return (finding,)
        size, root = largest
        if size == 0:  # a new home's: nothing was signed yet
            return ()
        stored = connection.execute(sa.select(checkpoints.c.root).where(checkpoints.c.size == size)).scalar()
        if stored is not None and stored.hex() == root:
            return ()
        which = "another" if stored is not None else "no"
        finding = (
            f"a checkpoint of {size} entries was signed, and the control database holds {which} checkpoint of that "
            f"size: it was restored from an older copy, or its history was changed (says the anchor {self._place})"
        )
        return (finding,)

    def verify(self, connection: sa.Connection) -> None:
        """Refuse a database that lacks the stored checkpoint, or its anchor. Raises LedgerError `ledger_damaged`."""
        for finding in self.check(connection):
            hint = "Restore the newest copy. If it is lost, begin a new home, and keep this one as evidence."
            if self.read() is None:
                hint = (
                    "Put the anchor back from where it is. If it is lost, compare the ledger with a checkpoint that "
                    "others hold; then two persons vouch for it: comity store anchor"
                )
            raise LedgerError(
                "ledger_damaged", f"Nothing is written: {finding}. Going on could create a second history.", hint
            )
