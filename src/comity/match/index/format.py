"""What an index is on disk, and the words for its parts.

An index is a folder: `index.json` names the state that readers see; `states/` holds every state there ever was; each
state names its segments. A segment is a folder that never changes once it stands: lexicons, columns of codes in the
order of addresses, record_ids, and a sorted file of keys per blocking rule. `tin.key` is the key of the hashes of
taxpayer numbers. A state is replaced by renaming one file over another, so readers see the old or the new one.

Guarantees: a state's fingerprint is over everything a determination can rest on.
Start at `State`.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from comity.errors import IndexUnavailableError

FORMAT = 5
CURRENT_COMMIT_FILE, COMMITS_FOLDER = "index.json", "states"
GENERATIONAL_SUFFIXES = (None, "JR", "SR", "II", "III", "IV", "V")
"""Generational suffixes by their code."""
DICTIONARY_COLUMNS = ("given", "middle", "surname", "number", "street", "unit", "place")
COUNT_COLUMNS: dict[str, np.dtype[Any]] = {
    "residents": np.dtype(np.uint16), "street_residents": np.dtype(np.uint16), "household": np.dtype(np.uint8),
}  # fmt: skip
"""How many records of its year share a record's address, its street, its address and surname; clipped to the type."""
PRIMITIVE_COLUMNS: dict[str, np.dtype[Any]] = {
    "tin": np.dtype(np.uint32),
    "tax_year": np.dtype(np.uint16),
    "suffix": np.dtype(np.uint8),
}


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """Records that were indexed together. `withdrawn` is a file of record numbers that are no longer records, or None.

    `widths` names the number of bytes of each column's numbers and of a record_id; `keys` and `hot`
    count the entries and the hot keys by file, `hottest` the records behind the hottest key.
    """

    folder: str
    rows: int
    fingerprint: str
    years: tuple[int, ...]
    widths: Mapping[str, int]
    keys: Mapping[str, int]
    hot: Mapping[str, int]
    hottest: int
    bytes: int
    synthetic: bool
    withdrawn: str | None = None
    withdrawn_rows: int = 0


@dataclass(frozen=True, slots=True)
class IndexCommit:
    """One state of an index."""

    number: int
    segments: tuple[SegmentInfo, ...]
    format: int = FORMAT

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the segments' fingerprints and what was withdrawn from them, in hex."""
        parts = [[s.fingerprint, s.withdrawn] for s in self.segments]
        return hashlib.sha256(json.dumps([FORMAT, parts]).encode()).hexdigest()

    @property
    def rows(self) -> int:
        """How many records it holds."""
        return sum(s.rows - s.withdrawn_rows for s in self.segments)

    @property
    def years(self) -> tuple[int, ...]:
        """The tax years of its records."""
        return tuple(sorted({y for s in self.segments for y in s.years}))

    @property
    def is_synthetic(self) -> bool:
        """Whether all files it was built from say that their data are synthetic."""
        return all(s.synthetic for s in self.segments)


def commit_path(index: Path, number: int) -> Path:
    """The file that describes a state."""
    return index / COMMITS_FOLDER / f"{number:06d}.json"


def write_commit(index: Path, state: IndexCommit) -> None:
    """Make `state` the one that readers see: its own file first, then one rename."""
    text = json.dumps({**asdict(state), "fingerprint": state.fingerprint, "rows": state.rows}, indent=1) + "\n"
    (index / COMMITS_FOLDER).mkdir(exist_ok=True)
    for path in (commit_path(index, state.number), index / CURRENT_COMMIT_FILE):
        new = path.with_name(path.name + ".new")
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)


def read_commit(path: Path) -> IndexCommit:
    """Read a state's file.

    Raises:
        IndexUnavailable: `index_unavailable`, it is missing or damaged; `index_version`, another version wrote it.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise index_version_error()
        segments = tuple(SegmentInfo(**{**s, "years": tuple(s["years"])}) for s in data["segments"])
        state = IndexCommit(int(data["number"]), segments)
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise index_unavailable_error() from e
    if state.fingerprint != data.get("fingerprint"):
        raise index_unavailable_error()
    return state


def index_unavailable_error() -> IndexUnavailableError:
    """The index cannot be read."""
    return IndexUnavailableError(
        "index_unavailable",
        "The index is missing or cannot be read, so nothing can be compared.",
        "Build it with: comity index build RECORDS... --out INDEX",
    )


def index_version_error() -> IndexUnavailableError:
    """The index is another version's."""
    return IndexUnavailableError(
        "index_version",
        "The index was built by another version, so its keys cannot be trusted.",
        "Build the index again.",
    )
