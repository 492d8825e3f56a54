"""Keep a list of record_ids, one a line, sorted."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from comity.app.home.private_file import write_private_file


@dataclass(frozen=True, slots=True)
class RecordIdList:
    """A file of record_ids; it may not exist, and then the list is empty."""

    file: Path

    def read(self) -> frozenset[str]:
        """Return the record_ids."""
        return frozenset(self.file.read_text(encoding="utf-8").split()) if self.file.exists() else frozenset()

    def add(self, record_ids: Iterable[str]) -> None:
        """Put record_ids on the list."""
        self._write(self.read() | set(record_ids))

    def remove(self, record_ids: Iterable[str]) -> None:
        """Take record_ids off the list."""
        self._write(self.read() - set(record_ids))

    def _write(self, record_ids: Iterable[str]) -> None:
        write_private_file(self.file, "".join(f"{record_id}\n" for record_id in sorted(record_ids)))
