"""Compare the states of an index, return to an earlier one, and find what was withdrawn on the way.

Guarantees: returning to a state is a new commit, so that nothing that ever was the index is lost; records that were
withdrawn since come back only if the caller says so; what is reported are counts by year.
Basis: ADR 0038.
Start at `compare_states`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from comity.columns.kernel import GOLDEN_RATIO_64
from comity.errors import ComityError
from comity.match.index.format import (
    COMMITS_FOLDER,
    IndexCommit,
    SegmentInfo,
    commit_path,
    index_unavailable_error,
    read_commit,
    write_commit,
)
from comity.match.index.lexicons import hash_texts
from comity.match.index.reader import Index
from comity.match.index.segment import SegmentReader, open_segment
from comity.normalize.schema import LEXICONS

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class IndexState:
    """A commit of an index, and when its file was written."""

    commit: IndexCommit
    written_at: datetime


@dataclass(frozen=True, slots=True)
class YearChanges:
    """How many records of a tax year are in the later state only, in the earlier one only, or differ."""

    year: int
    added: int
    removed: int
    changed: int


def list_states(index: Path) -> list[IndexState]:
    """Return every state of an index, in order. Raises IndexUnavailableError."""
    Index.find_commit(index)
    files = sorted((index / COMMITS_FOLDER).glob("*.json"))
    return [IndexState(read_commit(file), datetime.fromtimestamp(file.stat().st_mtime, UTC)) for file in files]


def get_state(index: Path, number: int) -> IndexCommit:
    """Return the commit of this number.

    Raises:
        ComityError: `state_unknown`.
        IndexUnavailableError: the index, or the file of the commit, cannot be read.
    """
    Index.find_commit(index)
    if not commit_path(index, number).is_file():
        raise ComityError(
            "state_unknown", f"The index has no state {number}.", "List them with: comity index states INDEX"
        )
    return read_commit(commit_path(index, number))


def compare_states(index: Path, earlier: int, later: int) -> list[YearChanges]:
    """Return what differs between two states, by tax year. Raises ComityError as `get_state` does."""
    old, new = (_read_state(index, get_state(index, number)) for number in (earlier, later))
    both, in_old, in_new = np.intersect1d(old.ids, new.ids, assume_unique=True, return_indices=True)
    is_changed = old.contents[in_old] != new.contents[in_new]
    added = np.delete(new.years, in_new)
    removed = np.delete(old.years, in_old)
    changed = new.years[in_new][is_changed]
    assert len(both) == len(in_old)
    years = sorted({*added.tolist(), *removed.tolist(), *changed.tolist()})
    counts = [[int(np.count_nonzero(part == year)) for part in (added, removed, changed)] for year in years]
    return [YearChanges(year, *count) for year, count in zip(years, counts, strict=True)]


def roll_back(index: Path, number: int, *, bring_back: bool = False) -> tuple[IndexCommit, int]:
    """Make an earlier state the current one, as a new commit; return it, and how many withdrawn records came back.

    Args:
        index: the index.
        number: the state to return to.
        bring_back: whether records may come back that are not in the current state.

    Raises:
        ComityError: `state_unknown`; `nothing_to_do`, it is what the index is; `withdrawn_come_back`, it has records
            that were withdrawn since, and `bring_back` is not given.
    """
    current, target = Index.find_commit(index), get_state(index, number)
    if target.fingerprint == current.fingerprint:
        raise ComityError(
            "nothing_to_do", f"The index is as it was in state {number}.", "List its states: comity index states INDEX"
        )
    returned = sum(year.added for year in compare_states(index, current.number, number))
    if returned and not bring_back:
        raise ComityError(
            "withdrawn_come_back",
            f"State {number} has {returned:,} records that are not in the index now, as they were withdrawn since.",
            "If they are to be found again, add --bring-back. Otherwise withdraw what is wrong by its record_ids.",
        )
    commit = IndexCommit(current.number + 1, target.segments)
    write_commit(index, commit)
    return commit, returned


def verify_none_come_back(index: Path, id_hashes: Hashes) -> None:
    """Refuse records, given by the hashes of their record_ids, of which some were withdrawn from the index.

    Raises:
        ComityError: `withdrawn_come_back`, with their count.
    """
    returned = len(find_withdrawn_ids(index, id_hashes))
    if returned:
        raise ComityError(
            "withdrawn_come_back",
            f"{returned:,} of the records were withdrawn from the index, and would be found again, so that nothing "
            "was changed.",
            "Take them out of the files. If they are to be found again, add --bring-back.",
        )


def find_withdrawn_ids(index: Path, id_hashes: Hashes, *, before: int | None = None) -> Hashes:
    """Return those hashes of record_ids whose records were withdrawn, and that the index now has no record of.

    A record that another one replaced, or that came with an append that was undone, was not withdrawn. With `before`
    the index is as it was in the state before that one.

    Raises:
        IndexUnavailableError: a state of the index cannot be read.
    """
    states = [state.commit for state in list_states(index) if before is None or state.commit.number < before]
    finder = _RecordFinder(index, np.unique(id_hashes))
    withdrawn = [np.setdiff1d(finder.find_deleted(state), finder.find_live(state)) for state in states]
    if not states or not any(map(len, withdrawn)):
        return np.empty(0, np.uint64)
    return np.setdiff1d(np.concatenate(withdrawn), finder.find_live(states[-1]))


def count_brought_back(index: Path, commit: IndexCommit) -> int:
    """Return how many records of the newest segment of a commit had been withdrawn before it."""
    reader = open_segment(index, commit.segments[-1])
    return len(find_withdrawn_ids(index, reader.record_id_hashes, before=commit.number))


def holds_same_records(opened: Index, new: SegmentReader) -> bool:
    """Return whether an open index has every record of a new segment already, each with the same content."""
    found = [
        (reader, np.setdiff1d(reader.record_numbers(new.record_id_hashes), reader.deleted))
        for reader in opened.segments
    ]
    if sum(len(numbers) for _, numbers in found) < new.rows:
        return False
    ids = np.concatenate([reader.record_id_hashes[numbers] for reader, numbers in found])
    contents = np.concatenate([_hash_contents(reader)[numbers] for reader, numbers in found])
    new_order = np.argsort(new.record_id_hashes)
    return bool((contents[np.argsort(ids)] == _hash_contents(new)[new_order]).all())


class _RecordFinder:
    """Find which of some records the states of an index have, and which they have as deleted; each segment once."""

    def __init__(self, index: Path, id_hashes: Hashes) -> None:
        self._index, self._wanted = index, id_hashes
        self._found: dict[str, tuple[npt.NDArray[np.uint32], Hashes]] = {}

    def find_deleted(self, commit: IndexCommit) -> Hashes:
        """Return the hashes of those that are deleted in a segment of the commit."""
        return self._find(commit, is_deleted=True)

    def find_live(self, commit: IndexCommit) -> Hashes:
        """Return the hashes of those that are a record of the commit."""
        return self._find(commit, is_deleted=False)

    def _find(self, commit: IndexCommit, *, is_deleted: bool) -> Hashes:
        parts = [np.empty(0, np.uint64)]
        for segment in commit.segments:
            numbers, hashes = self._look_up(segment)
            if len(numbers):
                deleted = np.isin(numbers, open_segment(self._index, segment).deleted)
                parts.append(hashes[deleted == is_deleted])
        return np.concatenate(parts)

    def _look_up(self, segment: SegmentInfo) -> tuple[npt.NDArray[np.uint32], Hashes]:
        if segment.folder not in self._found:
            try:
                reader = open_segment(self._index, segment)
                numbers = reader.record_numbers(self._wanted)
                self._found[segment.folder] = (numbers, reader.record_id_hashes[numbers])
            except OSError as e:
                raise index_unavailable_error() from e
        return self._found[segment.folder]


@dataclass(frozen=True, slots=True)
class _StateRecords:
    """The records of a state, sorted by the hashes of their record_ids."""

    ids: Hashes
    contents: Hashes
    years: npt.NDArray[np.uint16]


def _read_state(index: Path, commit: IndexCommit) -> _StateRecords:
    with Index.open(index, fingerprint=commit.fingerprint) as opened:
        parts = []
        for reader in opened.segments:
            is_live = np.ones(reader.rows, bool)
            is_live[reader.deleted] = False
            columns = (reader.record_id_hashes, _hash_contents(reader), reader.columns["tax_year"])
            parts.append([column[is_live] for column in columns])
        ids, contents, years = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(ids)
    return _StateRecords(ids[order], contents[order], years[order])


def _hash_contents(reader: SegmentReader) -> Hashes:
    """Return a hash of each record's normalized values, the same in whatever segment it is."""
    with np.errstate(over="ignore"):
        contents = reader.columns["tin"].astype(np.uint64) * GOLDEN_RATIO_64
        for name in ("tax_year", "suffix"):
            contents = (contents ^ reader.columns[name].astype(np.uint64)) * GOLDEN_RATIO_64
        for lexicon in LEXICONS:
            table = reader.lexicons[lexicon.name]
            values = np.zeros(len(table), np.uint64)
            for column in lexicon.columns:
                texts = pc.fill_null(table.column(column).combine_chunks(), "")
                values = (values ^ hash_texts(texts)) * GOLDEN_RATIO_64
            contents = (contents ^ values[reader.columns[lexicon.name]]) * GOLDEN_RATIO_64
    return contents
