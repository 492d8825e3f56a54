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

from comity.errors import IndexUnavailable

FORMAT = 5
DESCRIPTION, STATES = "index.json", "states"
SUFFIXES = (None, "JR", "SR", "II", "III", "IV", "V")
"""Generational suffixes by their code."""
CODED = ("given", "middle", "surname", "number", "street", "unit", "place")
COUNTS: dict[str, np.dtype[Any]] = {
    "residents": np.dtype(np.uint16), "street_residents": np.dtype(np.uint16), "household": np.dtype(np.uint8),
}  # fmt: skip
"""How many records of its year share a record's address, its street, its address and surname; clipped to the type."""
FIXED: dict[str, np.dtype[Any]] = {
    "tin": np.dtype(np.uint32),
    "tax_year": np.dtype(np.uint16),
    "suffix": np.dtype(np.uint8),
}


@dataclass(frozen=True, slots=True)
class Segment:
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
class State:
    """One state of an index."""

    number: int
    segments: tuple[Segment, ...]
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
    def synthetic(self) -> bool:
        """Whether all files it was built from say that their data are synthetic."""
        return all(s.synthetic for s in self.segments)


def state_file(index: Path, number: int) -> Path:
    """The file that describes a state."""
    return index / STATES / f"{number:06d}.json"


def write_state(index: Path, state: State) -> None:
    """Make `state` the one that readers see: its own file first, then one rename."""
    text = json.dumps({**asdict(state), "fingerprint": state.fingerprint, "rows": state.rows}, indent=1) + "\n"
    (index / STATES).mkdir(exist_ok=True)
    for path in (state_file(index, state.number), index / DESCRIPTION):
        new = path.with_name(path.name + ".new")
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)


def read_state(path: Path) -> State:
    """Read a state's file.

    Raises:
        IndexUnavailable: `index_unavailable`, it is missing or damaged; `index_version`, another version wrote it.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise other_version()
        segments = tuple(Segment(**{**s, "years": tuple(s["years"])}) for s in data["segments"])
        state = State(int(data["number"]), segments)
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise unavailable() from e
    if state.fingerprint != data.get("fingerprint"):
        raise unavailable()
    return state


def unavailable() -> IndexUnavailable:
    """The index cannot be read."""
    return IndexUnavailable(
        "index_unavailable",
        "The index is missing or cannot be read, so nothing can be compared.",
        "Build it with: comity index build RECORDS... --out INDEX",
    )


def other_version() -> IndexUnavailable:
    """The index is another version's."""
    return IndexUnavailable(
        "index_version",
        "The index was built by another version, so its keys cannot be trusted.",
        "Build the index again.",
    )
