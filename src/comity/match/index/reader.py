"""Read an index: open a commit and its memory-mapped segments, and find candidate pairs.

Guarantees: nothing is written to the index; an index of another format is refused; an open index stays at one commit,
whatever happens to the files meanwhile.
Start at `Index.open`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.binary_powers import exp2
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
    verify_closed,
)
from comity.match.index.lexicons import hash_texts, read_arrow, text_buffer
from comity.match.index.segment import SegmentReader, open_segment
from comity.match.index.term_frequencies import MIN_LOG2_FREQUENCY
from comity.match.index.tins import read_tin_key
from comity.match.kernels.name_relations import OUTLINES, EquivalentNames, mark_outlines
from comity.normalize.ascii_text import to_upper_ascii
from comity.normalize.place_parser import parse_city
from comity.reference.nicknames import NamePairs, load_nickname_pairs, load_surname_pairs
from comity.reference.street_names import load_street_names
from comity.reference.zip_codes import load_zip_table

FREQUENCY_TABLES = ("first_names", "surnames", "initials")
RecordIds64 = npt.NDArray[np.uint64]
"""Records by number: the segment's position in the commit in the upper 32 bits, the record's in the segment below."""
MANY_BEARERS = 400
"""Records with a name of which one is expected to have any given slip in it: one in 10,000 or so."""
_FREQUENCY_TABLE_OF = {"given": "first_names", "surname": "surnames"}
_ROWS_PER_SCAN = 1 << 24
_IDS_LOOKED_AT, _MOST_ENDINGS = 1_000, 4
_RECORD_NUMBER_MASK = np.uint64(0xFFFFFFFF)


@cache
def equivalent_names() -> tuple[EquivalentNames, EquivalentNames]:
    """Return the equivalent given names and the equivalent surnames."""
    return build_equivalent_names(load_nickname_pairs()), build_equivalent_names(load_surname_pairs())


def build_equivalent_names(pairs: NamePairs) -> EquivalentNames:
    """Return ordered pairs of names, at least one, as `compute_levels` searches them."""
    left, right = (pa.array(names, pa.string()) for names in zip(*pairs, strict=True))
    outlines = np.zeros(OUTLINES, np.bool_)
    left_text, right_text = text_buffer(left), text_buffer(right)
    mark_outlines(left_text.data, left_text.offsets, right_text.data, right_text.offsets, outlines)
    return EquivalentNames(outlines, build_hash_set((hash_texts(left) * GOLDEN_RATIO_64) ^ hash_texts(right)))


@cache
def known_street_names() -> tuple[Hashes, Hashes, Hashes]:
    """Return hash sets of names of streets, of words of such names, and of cities, as `KnownPlaces` has them."""
    names, words = load_street_names()
    return build_hash_set(hash_texts(names)), build_hash_set(hash_texts(words)), build_hash_set(hash_texts(_cities()))


def _cities() -> pa.Array:
    """Return the normalized names of all cities that the postal service knows."""
    table = load_zip_table()
    names = pc.unique(pa.concat_arrays([*table["city"].chunks, *(c.flatten() for c in table["city_aliases"].chunks)]))
    return pa.array({parse_city(to_upper_ascii(name)) for name in names.to_pylist()} - {None}, pa.string())


def _frequency_by_name(table: pa.Table) -> dict[str, float]:
    return dict(zip(table.column("name").to_pylist(), table.column("frequency").to_pylist(), strict=True))


class Index:
    """The custodian's normalized records with the postings of their blocking keys.

    A context manager; close it when done.

    Attributes:
        index_commit: the commit that is open.
        segments: the segments of that commit.
        tin_key: the key of the taxpayer numbers' hashes.
        frequencies: log2 of the share of each name, by table (`FREQUENCY_TABLES`).
    """

    def __init__(
        self,
        index_commit: IndexCommit,
        segments: tuple[SegmentReader, ...],
        tin_key: bytes,
        frequencies: dict[str, dict[str, float]],
    ) -> None:
        """Use `Index.open`."""
        self.index_commit, self.segments = index_commit, segments
        self.tin_key, self.frequencies = tin_key, frequencies

    @classmethod
    def open(cls, path: Path, *, fingerprint: str | None = None) -> "Index":
        """Open the index in the folder `path`, at its current commit or at the one with this fingerprint.

        Raises:
            IndexUnavailableError: `index_unavailable`, it is missing or damaged, or has no such commit;
                `index_version`, another version wrote it; `folder_exposed`, others can enter its folder.
        """
        commit = cls.find_commit(path, fingerprint=fingerprint)
        if fingerprint is not None and commit.fingerprint != fingerprint:
            raise index_unavailable_error()
        verify_closed(path, commit)
        segments = tuple(open_segment(path, segment) for segment in commit.segments)
        tin_key = read_tin_key(path)
        try:
            tables = {name: read_arrow(segments[0].folder / f"{name}.arrow") for name in FREQUENCY_TABLES}
        except OSError as e:
            raise index_unavailable_error() from e
        return cls(commit, segments, tin_key, {name: _frequency_by_name(table) for name, table in tables.items()})

    @staticmethod
    def find_commit(path: Path, *, fingerprint: str | None = None) -> IndexCommit:
        """Return the current commit, or the one with this fingerprint if there is one, without opening its segments.

        Raises:
            IndexUnavailableError: as `open` does.
        """
        current = read_commit(path / CURRENT_COMMIT_FILE)
        if fingerprint is None or current.fingerprint == fingerprint:
            return current
        past = (read_commit(file) for file in sorted((path / COMMITS_FOLDER).glob("*.json"), reverse=True))
        return next((commit for commit in past if commit.fingerprint == fingerprint), current)

    @property
    def fingerprint(self) -> str:
        """Return SHA-256 over the normalized records and the index's parameters, in hex."""
        return self.index_commit.fingerprint

    @cached_property
    def place_streets(self) -> Hashes:
        """Return `hash_place_street` of the streets of each ZIP code that records have, sorted."""
        if len(self.segments) == 1:
            return self.segments[0].place_streets
        return np.unique(np.concatenate([segment.place_streets for segment in self.segments]))

    def holds_name(self, part: str, name: str, other: str) -> bool:
        """Return whether records have a name (`part` is the lexicon, given or surname) that is no slip of `other`.

        A name that many people bear is one. So is any on record, unless so many records have `other` that some of them
        will have a slip in it.
        """
        frequencies = self.frequencies[_FREQUENCY_TABLE_OF[part]]
        if name in frequencies:
            return True
        bearers = self.index_commit.rows * exp2(frequencies.get(other, MIN_LOG2_FREQUENCY))
        return bearers < MANY_BEARERS and any(segment.holds_text(part, name) for segment in self.segments)

    @cached_property
    def key_parts(self) -> frozenset[str]:
        """Return the key parts that the blocking rules of its segments use."""
        return frozenset(
            part for segment in self.segments for rule in select_rules(segment.rows) for part in rule.key_parts
        )

    def candidate_pairs(
        self, years: Hashes, parts: dict[str, Hashes]
    ) -> tuple[npt.NDArray[np.int64], RecordIds64, npt.NDArray[np.bool_], tuple[npt.NDArray[np.uint32], ...]]:
        """Find the candidate pairs of requests, given by tax year and the hashes of their key parts.

        Returns:
            The position of each pair's request, in order; its record, in order within a request, with those that cut
            keys add by chance; per request, whether its address leads to more records than are followed even with a
            name; and, per segment and request, a bit for each rule that is followed.
        """
        position_batches, record_batches, followed = [], [], []
        is_truncated = np.zeros(len(years), dtype=bool)
        for number, segment in enumerate(self.segments):
            pairs, rules, is_segment_truncated = segment.candidate_pairs(years, parts)
            followed.append(rules)
            position_batches.append((pairs >> np.uint64(32)).astype(np.int64))
            record_batches.append((pairs & _RECORD_NUMBER_MASK) | np.uint64(number << 32))
            is_truncated |= is_segment_truncated
        positions, records = np.concatenate(position_batches), np.concatenate(record_batches)
        if len(self.segments) > 1:
            order = np.argsort(positions, kind="stable")
            positions, records = positions[order], records[order]
        return positions, records, is_truncated, tuple(followed)

    def group_by_segment(
        self, records: RecordIds64
    ) -> Iterator[tuple[SegmentReader, npt.NDArray[np.int64] | slice, npt.NDArray[np.uint32]]]:
        """Yield each segment, the positions of its records in `records`, and their numbers in the segment."""
        numbers = (records & _RECORD_NUMBER_MASK).astype(np.uint32)
        if len(self.segments) == 1:
            yield self.segments[0], slice(None), numbers
            return
        segment_of = (records >> np.uint64(32)).astype(np.int64)
        for i, segment in enumerate(self.segments):
            if len(positions := np.flatnonzero(segment_of == i)):
                yield segment, positions, numbers[positions]

    def record_ids(self, records: RecordIds64) -> npt.NDArray[np.object_]:
        """Return the record_ids of these records."""
        result = np.empty(len(records), dtype=object)
        for segment, positions, numbers in self.group_by_segment(records):
            result[positions] = segment.record_ids(numbers)
        return result

    def find_known_ids(self, record_ids: Iterable[str]) -> frozenset[str]:
        """Return those of the record_ids that are in the index, deleted records included."""
        wanted = frozenset(record_ids)
        return wanted & {
            found for segment in self.segments for found in segment.record_ids(self._find_numbers(segment, wanted))
        }

    def find_person_records(self, record_ids: Iterable[str]) -> frozenset[str]:
        """Return the record_ids of all records with the taxpayer number of one of these, and those of these on file.

        Reads the taxpayer number of every record. A record without a number is the only one of its person.
        """
        wanted = frozenset(record_ids)
        if not wanted:
            return wanted
        numbers = [self._find_numbers(segment, wanted) for segment in self.segments]
        tins = np.unique(
            np.concatenate([s.columns["tin"][found] for s, found in zip(self.segments, numbers, strict=True)])
        )
        related = set(self.find_known_ids(wanted))
        for segment in self.segments:
            for start in range(0, segment.rows, _ROWS_PER_SCAN):
                column = segment.columns["tin"][start : start + _ROWS_PER_SCAN]
                same = np.flatnonzero(np.isin(column, tins[tins != 0])) + start
                related.update(segment.record_ids(same.astype(np.uint32)))
        return frozenset(related)

    @staticmethod
    def _find_numbers(segment: SegmentReader, record_ids: frozenset[str]) -> npt.NDArray[np.uint32]:
        """Return the numbers of a segment's records with these record_ids, which a hash alone does not prove."""
        numbers = segment.record_numbers(np.unique(hash_texts(pa.array(sorted(record_ids), pa.string()))))
        is_exact = [found in record_ids for found in segment.record_ids(numbers)]
        exact: npt.NDArray[np.uint32] = numbers[np.array(is_exact, dtype=bool)]
        return exact

    def find_id_endings(self) -> tuple[str, ...]:
        """Return the words after the last hyphen in which almost all record_ids end, as -primary; else nothing.

        Looks at the first records of each segment.
        """
        ids = [
            record_id
            for segment in self.segments
            for record_id in segment.record_ids(np.arange(min(segment.rows, _IDS_LOOKED_AT), dtype=np.uint32))
        ]
        endings = Counter(ending for _, mark, ending in (i.rpartition("-") for i in ids) if mark and ending.isalpha())
        is_common = len(endings) <= _MOST_ENDINGS and endings.total() > 0.9 * len(ids)
        return tuple(sorted(endings)) if is_common else ()

    def release_pages(self) -> None:
        """Unmap what a large batch mapped, to lower the resident memory; it is mapped again on demand."""
        for segment in self.segments:
            segment.release_pages()

    def close(self) -> None:
        """Close the index; its segments are unmapped."""
        self.segments = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
