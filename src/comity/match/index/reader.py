"""An index opened for reading: its segments, mapped.

Guarantees: nothing is written to the index; an index of another format is refused; what is opened stays one state, whatever happens to the index meanwhile.
Start at `Index.open`.
"""

from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.hash_sets import build_hash_set
from comity.columns.kernel import GOLDEN_RATIO_64
from comity.columns.strings import Hashes
from comity.match.index.blocking_rules import select_rules
from comity.match.index.format import (
    COMMITS_FOLDER,
    CURRENT_COMMIT_FILE,
    IndexCommit,
    index_unavailable_error,
    read_commit,
)
from comity.match.index.lexicons import hash_texts, read_arrow
from comity.match.index.segment import SegmentReader, open_segment
from comity.match.index.tins import read_tin_key
from comity.reference.nicknames import load_nickname_pairs, load_surname_pairs

FREQUENCY_TABLES = ("first_names", "surnames", "initials")
RecordIds64 = npt.NDArray[np.uint64]
"""Records by number: the segment's place in the state in the upper 32 bits, the record's in the segment in the lower."""
_RECORD_NUMBER_MASK = np.uint64(0xFFFFFFFF)


@cache
def equivalent_names() -> tuple[Hashes, Hashes]:
    """The given names, and the surnames, that are one name, as `reach_levels` searches them."""
    found = []
    for pairs in (load_nickname_pairs(), load_surname_pairs()):
        one, other = (hash_texts(pa.array(names, pa.string())) for names in zip(*pairs, strict=True))
        found.append(build_hash_set((one * GOLDEN_RATIO_64) ^ other))
    return found[0], found[1]


def _frequency_by_name(table: pa.Table) -> dict[str, float]:
    return dict(zip(table.column("name").to_pylist(), table.column("frequency").to_pylist(), strict=True))


class Index:
    """The custodian's records, in normal form, with their blocking keys. A context manager; close it when done."""

    def __init__(
        self,
        state: IndexCommit,
        segments: tuple[SegmentReader, ...],
        tin_key: bytes,
        frequencies: dict[str, dict[str, float]],
    ) -> None:
        """Use `Index.open`. `frequencies` says how frequent names are, by the names in `NAMES`."""
        self.index_commit, self.segments, self.tin_key, self.frequencies = state, segments, tin_key, frequencies

    @classmethod
    def open(cls, path: Path, *, fingerprint: str | None = None) -> "Index":
        """Open the index in the folder `path`, in its newest state or in the one of this fingerprint.

        Raises:
            IndexUnavailable: `index_unavailable`, it is missing or damaged, or has no such state; `index_version`,
                another version made it.
        """
        state = cls.find_commit(path, fingerprint=fingerprint)
        if fingerprint is not None and state.fingerprint != fingerprint:
            raise index_unavailable_error()
        segments = tuple(open_segment(path, segment) for segment in state.segments)
        key = read_tin_key(path)
        try:
            tables = {name: read_arrow(segments[0].folder / f"{name}.arrow") for name in FREQUENCY_TABLES}
        except OSError as e:
            raise index_unavailable_error() from e
        return cls(state, segments, key, {name: _frequency_by_name(table) for name, table in tables.items()})

    @staticmethod
    def find_commit(path: Path, *, fingerprint: str | None = None) -> IndexCommit:
        """The newest state of the index in the folder `path`, or the one of this fingerprint, if there is; its records stay closed.

        Raises:
            IndexUnavailable: as `open` does.
        """
        newest = read_commit(path / CURRENT_COMMIT_FILE)
        if fingerprint is None or newest.fingerprint == fingerprint:
            return newest
        past = (read_commit(file) for file in sorted((path / COMMITS_FOLDER).glob("*.json"), reverse=True))
        return next((state for state in past if state.fingerprint == fingerprint), newest)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the normalized records and the index's parameters, in hex."""
        return self.index_commit.fingerprint

    @cached_property
    def key_parts(self) -> frozenset[str]:
        """The parts of keys that the rules of its segments ask for."""
        return frozenset(
            part for segment in self.segments for rule in select_rules(segment.rows) for part in rule.key_parts
        )

    def candidate_pairs(
        self, years: Hashes, parts: dict[str, Hashes]
    ) -> tuple[npt.NDArray[np.int64], RecordIds64, npt.NDArray[np.bool_]]:
        """The candidate pairs of requests, given by tax year and the hashes of their keys' parts.

        Returns:
            The pairs' request positions, in order; their records, in order within a request; and which requests'
            address leads to more records than are followed, even with a name.
        """
        positions, records = [], []
        crowded = np.zeros(len(years), dtype=bool)
        for number, segment in enumerate(self.segments):
            pairs, hot = segment.candidate_pairs(years, parts)
            positions.append((pairs >> np.uint64(32)).astype(np.int64))
            records.append((pairs & _RECORD_NUMBER_MASK) | np.uint64(number << 32))
            crowded |= hot["address"] & (hot["address_surname"] | hot["address_first"])
        at, found = np.concatenate(positions), np.concatenate(records)
        if len(self.segments) > 1:
            order = np.argsort(at, kind="stable")
            at, found = at[order], found[order]
        return at, found, crowded

    def group_by_segment(
        self, records: RecordIds64
    ) -> Iterator[tuple[SegmentReader, npt.NDArray[np.int64] | slice, npt.NDArray[np.uint32]]]:
        """The records segment by segment: the segment, the places of its records among `records`, and their numbers in it."""
        numbers = (records & _RECORD_NUMBER_MASK).astype(np.uint32)
        if len(self.segments) == 1:
            yield self.segments[0], slice(None), numbers
            return
        of = (records >> np.uint64(32)).astype(np.int64)
        for i, segment in enumerate(self.segments):
            if len(at := np.flatnonzero(of == i)):
                yield segment, at, numbers[at]

    def record_ids(self, records: RecordIds64) -> npt.NDArray[np.object_]:
        """The record_ids of these records."""
        made = np.empty(len(records), dtype=object)
        for segment, at, numbers in self.group_by_segment(records):
            made[at] = segment.record_ids(numbers)
        return made

    def release_pages(self) -> None:
        """Unmap what a large batch mapped; the index stays open."""
        for segment in self.segments:
            segment.release_pages()

    def close(self) -> None:
        """Let go of the files."""
        self.segments = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
