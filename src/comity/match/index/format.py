"""The index on disk: what a commit and a segment record, and how commits are written and read.

An index is a folder. `index.json` is the current commit, `states/` keeps every commit there ever was, and each commit
names its segments. A segment is a folder that never changes once it is complete. `tin.key` is the key of the hashes of
taxpayer numbers. `docs/spec/index-format.md` describes every file.

Guarantees: a commit is replaced by renaming one file over another, so readers see the old or the new one; a commit's
fingerprint covers everything a determination can rest on.
Start at `IndexCommit`.
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
from comity.folders import is_open_to_others

FORMAT = 10
CURRENT_COMMIT_FILE, COMMITS_FOLDER = "index.json", "states"
COUNT_COLUMNS: dict[str, np.dtype[Any]] = {
    "residents": np.dtype(np.uint16),
    "street_residents": np.dtype(np.uint16),
    "household": np.dtype(np.uint8),
}
"""How many records of the same year share a record's address, its street, and its address and surname.

Counts are clipped to the type's maximum.
"""
PRIMITIVE_COLUMNS: dict[str, np.dtype[Any]] = {
    "tin": np.dtype(np.uint32),
    "tax_year": np.dtype(np.uint16),
    "suffix": np.dtype(np.uint8),
}
"""Columns that hold a number of their own, not a code of a lexicon."""


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """Records that were indexed together. The attributes are keys of `index.json`.

    Attributes:
        folder: the segment's folder inside the index.
        rows: how many records it was built from, deleted ones included.
        fingerprint: `segment.compute_fingerprint` of its content, in hex.
        years: the tax years of its records, in order.
        widths: bytes per value of each column, and of a record_id.
        keys: the number of entries of each postings file.
        hot: the number of hot keys of each postings file.
        hottest: the number of records under the hottest key.
        bytes: the size of the folder.
        synthetic: whether every file it was built from declares its data synthetic, and no taxpayer number in them
            can be a person's.
        withdrawn: the file of deleted record numbers, or None.
        withdrawn_rows: how many records are deleted.
        includes: the fingerprints of the segments that were compacted into this one.
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
    includes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexCommit:
    """One version of an index: its segments and which of their records are deleted."""

    number: int
    segments: tuple[SegmentInfo, ...]
    format: int = FORMAT

    @property
    def fingerprint(self) -> str:
        """Return SHA-256 over each segment's fingerprint, list of deleted records and mark as synthetic, in hex."""
        parts = [[segment.fingerprint, segment.withdrawn, segment.synthetic] for segment in self.segments]
        return hashlib.sha256(json.dumps([FORMAT, parts]).encode()).hexdigest()

    @property
    def rows(self) -> int:
        """Return the number of records, without deleted ones."""
        return sum(segment.rows - segment.withdrawn_rows for segment in self.segments)

    @property
    def years(self) -> tuple[int, ...]:
        """Return the tax years of the records, in order."""
        return tuple(sorted({year for segment in self.segments for year in segment.years}))

    def holds_segment(self, fingerprint: str) -> bool:
        """Return whether the records of a segment are in this commit: as a segment of it, or compacted into one."""
        return any(fingerprint in {segment.fingerprint, *segment.includes} for segment in self.segments)

    @property
    def is_synthetic(self) -> bool:
        """Return whether all data of the index are synthetic: real records, once appended, end that for good."""
        return all(segment.synthetic for segment in self.segments)


def commit_path(index: Path, number: int) -> Path:
    """Return the path of the file that keeps commit `number`."""
    return index / COMMITS_FOLDER / f"{number:06d}.json"


def write_commit(index: Path, commit: IndexCommit) -> None:
    """Make `commit` current: write its own file first, then rename a copy over `index.json`."""
    text = json.dumps({**asdict(commit), "fingerprint": commit.fingerprint, "rows": commit.rows}, indent=1) + "\n"
    (index / COMMITS_FOLDER).mkdir(exist_ok=True)
    for path in (commit_path(index, commit.number), index / CURRENT_COMMIT_FILE):
        new_path = path.with_name(path.name + ".new")
        with new_path.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new_path.replace(path)


def read_commit(path: Path) -> IndexCommit:
    """Read the file of a commit.

    Raises:
        IndexUnavailableError: `index_unavailable`, the file is missing or damaged; `index_version`, another version
            wrote it.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise index_version_error()
        segments = tuple(
            SegmentInfo(**{**entry, "years": tuple(entry["years"]), "includes": tuple(entry.get("includes", ()))})
            for entry in data["segments"]
        )
        commit = IndexCommit(int(data["number"]), segments)
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise index_unavailable_error() from e
    if commit.fingerprint != data.get("fingerprint"):
        raise index_unavailable_error()
    return commit


def verify_closed(index: Path, commit: IndexCommit) -> None:
    """Refuse an index of real records whose folder others can enter: its files hold names and addresses in clear.

    Raises IndexUnavailableError `folder_exposed`.
    """
    if not commit.is_synthetic and is_open_to_others(index):
        raise IndexUnavailableError(
            "folder_exposed",
            "Others than its owner can enter the folder of the index, which holds names and addresses in clear.",
            "Find out who could, then run: chmod 700 INDEX",
        )


def index_unavailable_error() -> IndexUnavailableError:
    """Return the error for an index that is missing or damaged."""
    return IndexUnavailableError(
        "index_unavailable",
        "The index is missing or cannot be read, so nothing can be compared.",
        "Build it with: comity index build RECORDS... --out INDEX",
    )


def index_version_error() -> IndexUnavailableError:
    """Return the error for an index that another version wrote."""
    return IndexUnavailableError(
        "index_version",
        "The index was built by another version, so its keys cannot be trusted.",
        "Build the index again.",
    )
