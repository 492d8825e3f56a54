"""Compare the states of an index, and return to an earlier one.

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
from comity.match.index.format import COMMITS_FOLDER, IndexCommit, commit_path, read_commit, write_commit
from comity.match.index.lexicons import hash_texts
from comity.match.index.reader import Index
from comity.match.index.segment import SegmentReader
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
