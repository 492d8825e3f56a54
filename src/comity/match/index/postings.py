"""Blocking keys on disk: for each rule, or family of rules, one sorted file of 64-bit numbers, which a look-up searches and never reads whole.

An entry is a key's hash in its upper bits and the record's number in its lower ones, so that one sort and one search
serve both. A key is mixed from the hashes of its parts (`lexicons.py`), the same for records and requests.

Guarantees: entries are sorted; a key of more than its rule's bound of records has no entry but stands in the list of hot
keys; the same records give the same bytes.
Does not: read a name or an address; it sees hashes alone.
Start at `look_up`.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.strings import Hashes
from comity.match.index.blocking_rules import BlockingRule
from comity.match.kernels.key_hashes import hash_blocking_keys
from comity.match.kernels.postings_search import count_postings, gather_postings

BATCH_SIZE = 4_000_000
"""Entries that are made or written at a time."""
STREAM_BATCH_SIZE = 1_000_000
"""Entries that are read at a time where a file is read from end to end."""
_SPARSE_LOOKUP_RATIO = 400
"""Below one key for so many entries, most pages would be read for nothing."""


def blocking_keys(rule: BlockingRule, years: Hashes, parts: Mapping[str, Hashes]) -> Hashes:
    """The rule's key of each row, from the hashes of its parts; 0 where a part is missing (its hash is 0)."""
    made = np.empty(len(years), np.uint64)
    hash_blocking_keys(years, np.uint64(rule.hash_seed), tuple(parts[name] for name in rule.key_parts), made)
    return made


@dataclass(frozen=True, slots=True)
class PostingsFile:
    """The sorted entries of one or more rules, and the hot keys, both as they lie on disk."""

    path: Path
    entries: Hashes
    hot_keys: Hashes
    record_bits: int

    @property
    def _record_mask(self) -> np.uint64:
        return np.uint64((1 << self.record_bits) - 1)

    def lookup(self, keys: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
        """For `keys` in ascending order (0: none): positions in `keys`, the records each leads to, and which are hot.

        Few keys are searched where they lie; many are met by reading the file once from end to end, in bounded memory.
        """
        wanted = keys & ~self._record_mask
        if len(keys) * _SPARSE_LOOKUP_RATIO < len(self.entries):
            found = [self._match(self.entries, wanted, is_whole=True)]
        else:
            found = list(self._match_streaming(wanted))
        positions = np.concatenate([p for p, _ in found]) if found else np.empty(0, np.int64)
        records = np.concatenate([r for _, r in found]) if found else np.empty(0, np.uint32)
        kept = keys[positions] != 0
        return positions[kept], records[kept], _contains_sorted(self.hot_keys, wanted) & (keys != 0)

    def _match(
        self, entries: Hashes, wanted: Hashes, *, is_whole: bool
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
        """The positions in `wanted` of keys that these entries hold, and their records."""
        starts, lengths = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.int64)
        total = count_postings(entries, wanted, self._record_mask, starts, lengths, is_whole)
        positions, records = np.empty(total, np.int64), np.empty(total, np.uint32)
        gather_postings(entries, self._record_mask, starts, lengths, positions, records)
        return positions, records

    def _match_streaming(self, wanted: Hashes) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]]:
        """The same, a block of the file at a time; a key whose entries lie in two blocks is met in both."""
        with self.path.open("rb") as file:
            while len(block := np.fromfile(file, np.uint64, STREAM_BATCH_SIZE)):
                since = int(np.searchsorted(wanted, block[0] & ~self._record_mask))
                until = int(np.searchsorted(wanted, block[-1] & ~self._record_mask, side="right"))
                if until > since:
                    positions, records = self._match(block, wanted[since:until], is_whole=False)
                    yield positions + since, records


def _contains_sorted(values: Hashes, wanted: Hashes) -> npt.NDArray[np.bool_]:
    """Which of `wanted` are among the sorted `values`."""
    if not len(values):
        return np.zeros(len(wanted), dtype=bool)
    at = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    held: npt.NDArray[np.bool_] = values[at] == wanted
    return held


def write_postings(
    folder: Path, name: str, bound: int, rows: int, keys: Sequence[Iterator[Hashes]]
) -> tuple[int, npt.NDArray[np.uint32], int]:
    """Sort and write one file of keys; return its entries, the records behind hot keys, and the size of the largest.

    Each of `keys` gives one rule's keys of all rows in order of record number, a block at a time.
    """
    bits = record_bits(rows)
    records = np.uint64((1 << bits) - 1)
    entries = np.empty(rows * len(keys), dtype=np.uint64)
    kept = 0
    for rule in keys:
        number = 0
        for block in rule:
            present = np.flatnonzero(block)
            entries[kept : kept + len(present)] = (block[present] & ~records) | (present + number).astype(np.uint64)
            kept += len(present)
            number += len(block)
    entries = entries[:kept]
    entries.sort()
    hot = _find_hot_keys(entries, bound, records)
    behind: list[Hashes] = []
    with (folder / f"{name}.keys").open("wb") as file:
        since = 0
        for key in hot:
            until = int(np.searchsorted(entries, key))
            _write_entries(file.fileno(), entries[since:until])
            since = int(np.searchsorted(entries, key | records, side="right"))
            behind.append(entries[until:since] & records)
        _write_entries(file.fileno(), entries[since:])
        os.fsync(file.fileno())
    (folder / f"{name}.hot").write_bytes(hot.tobytes())
    held = np.concatenate(behind).astype(np.uint32) if behind else np.empty(0, np.uint32)
    return kept - len(held), held, max(map(len, behind), default=0)


def _write_entries(descriptor: int, entries: Hashes) -> None:
    for start in range(0, len(entries), BATCH_SIZE):
        view = entries[start : start + BATCH_SIZE].data.cast("B")
        while view:
            view = view[os.write(descriptor, view) :]


def _find_hot_keys(entries: Hashes, bound: int, records: np.uint64) -> Hashes:
    """The keys, without their record bits, that lead to more than `bound` records."""
    found = [np.empty(0, np.uint64)]
    for start in range(0, max(0, len(entries) - bound), BATCH_SIZE):
        low = entries[start : start + BATCH_SIZE][: len(entries) - bound - start] & ~records
        high = entries[start + bound : start + bound + len(low)] & ~records
        found.append(np.unique(low[low == high]))
    return np.unique(np.concatenate(found))


def record_bits(rows: int) -> int:
    """How many bits a record's number takes; the rest of an entry is the key's."""
    return max(1, (rows - 1).bit_length())


def open_postings(folder: Path, name: str, rows: int) -> PostingsFile:
    """A file of keys, mapped: only what is searched is read."""
    return PostingsFile(
        folder / f"{name}.keys",
        memory_map(folder / f"{name}.keys", np.dtype(np.uint64)),
        memory_map(folder / f"{name}.hot", np.dtype(np.uint64)),
        record_bits(rows),
    )


def memory_map(path: Path, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """A file of numbers as an array that is read where it is touched."""
    if path.stat().st_size == 0:
        return np.empty(0, kind)
    return np.memmap(path, dtype=kind, mode="r").view(np.ndarray)
