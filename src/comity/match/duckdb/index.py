"""An index opened for reading.

Guarantees: nothing is written to it; an index of another format, or whose keys were hashed otherwise, is refused.
Start at `Index.open`.
"""

import json
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from comity.errors import IndexUnavailable
from comity.match.duckdb.build import DATABASE, DESCRIPTION, FORMAT, IndexInfo, hash_check
from comity.match.duckdb.connection import DuckDB, connect
from comity.match.duckdb.tin import read_key


class Index:
    """The custodian's records, in normal form, with their blocking keys. A context manager; close it when done."""

    def __init__(self, db: DuckDB, info: IndexInfo, tin_key: bytes) -> None:
        """Use `Index.open`."""
        self.db = db
        self.info = info
        self.tin_key = tin_key

    @classmethod
    def open(cls, path: Path, *, threads: int | None = None, memory_limit: str = "8GB") -> "Index":
        """Open the index in the folder `path`.

        Raises:
            IndexUnavailable: `index_unavailable`, it is missing or damaged; `index_version`, another version made it.
        """
        info = cls.describe(path)
        try:
            db = connect(path / DATABASE, read_only=True, threads=threads, memory_limit=memory_limit)
        except duckdb.Error as e:
            raise _unavailable() from e
        if hash_check(db) != info.hash_check:
            db.close()
            raise _other_version()
        return cls(db, info, read_key(path))

    @staticmethod
    def describe(path: Path) -> IndexInfo:
        """What the index in the folder `path` says of itself; its records stay closed.

        Raises:
            IndexUnavailable: as `open` does.
        """
        try:
            data = json.loads((path / DESCRIPTION).read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                raise _other_version()
            return IndexInfo(**{**data, "years": tuple(data["years"])})
        except (OSError, ValueError, KeyError, TypeError) as e:
            raise _unavailable() from e

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the normalized records and the index's parameters, in hex."""
        return self.info.fingerprint

    def close(self) -> None:
        """Close the database file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _unavailable() -> IndexUnavailable:
    return IndexUnavailable(
        "index_unavailable",
        "The index is missing or cannot be read, so nothing can be compared.",
        "Build it with: comity index build RECORDS... --out INDEX",
    )


def _other_version() -> IndexUnavailable:
    return IndexUnavailable(
        "index_version",
        "The index was built by another version, so its keys cannot be trusted.",
        "Build the index again.",
    )
