"""Postings: for each blocking rule, or key space of rules, one sorted file of 64-bit entries that a lookup searches.

An entry has a blocking key's hash in its upper bits and a record's number in its lower bits, so one sort and one search
serve both. A key is mixed from the hashes of its parts (`lexicons.py`), in the same way for records and requests.

Guarantees: entries are sorted; a key of more records than its rule's `max_block_size` has no entries and is listed as
hot instead; the same records give the same bytes.
Does not: read a name or an address; it sees hashes only.
Start at `PostingsFile.lookup`.
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
"""Entries that are read at a time when a file is read from end to end."""
_SPARSE_LOOKUP_RATIO = 400
"""With fewer than one key for this many entries, reading the file from end to end would read most pages for nothing."""


def blocking_keys(rule: BlockingRule, years: Hashes, parts: Mapping[str, Hashes]) -> Hashes:
    """Return the rule's key of each row, mixed from the hashes of its parts; 0 where a part is null (its hash is 0)."""
    keys = np.empty(len(years), np.uint64)
    hash_blocking_keys(years, np.uint64(rule.hash_seed), tuple(parts[name] for name in rule.key_parts), keys)
    return keys


@dataclass(frozen=True, slots=True)
class PostingsFile:
    """The sorted entries of one or more rules, and their hot keys, both memory-mapped."""

    path: Path
    entries: Hashes
    hot_keys: Hashes
    record_bits: int

    @property
    def _record_mask(self) -> np.uint64:
        return np.uint64((1 << self.record_bits) - 1)

    def lookup(self, keys: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
        """Look up `keys`, sorted in ascending order; 0 is no key.

        A few keys are searched in the mapped file; many are matched by reading the file once from end to end, in
        bounded memory.

        Returns:
            The position in `keys` of each match, the number of the record it leads to, and, per key, whether it is hot.
        """
        masked_keys = keys & ~self._record_mask
        if len(keys) * _SPARSE_LOOKUP_RATIO < len(self.entries):
            matches = [self._match(self.entries, masked_keys, is_whole=True)]
        else:
            matches = list(self._match_streaming(masked_keys))
        positions = np.concatenate([p for p, _ in matches]) if matches else np.empty(0, np.int64)
        records = np.concatenate([r for _, r in matches]) if matches else np.empty(0, np.uint32)
        has_key = keys[positions] != 0
        return positions[has_key], records[has_key], _contains_sorted(self.hot_keys, masked_keys) & (keys != 0)

    def _match(
        self, entries: Hashes, masked_keys: Hashes, *, is_whole: bool
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
        """Return the positions of the keys that these entries hold, and their records."""
        starts, lengths = np.empty(len(masked_keys), np.int64), np.empty(len(masked_keys), np.int64)
        total = count_postings(entries, masked_keys, self._record_mask, starts, lengths, is_whole)
        positions, records = np.empty(total, np.int64), np.empty(total, np.uint32)
        gather_postings(entries, self._record_mask, starts, lengths, positions, records)
        return positions, records

    def _match_streaming(self, masked_keys: Hashes) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]]:
        """Yield the same, batch by batch of the file; a key whose entries span two batches is matched in both."""
        with self.path.open("rb") as file:
            while len(batch := np.fromfile(file, np.uint64, STREAM_BATCH_SIZE)):
                start = int(np.searchsorted(masked_keys, batch[0] & ~self._record_mask))
                stop = int(np.searchsorted(masked_keys, batch[-1] & ~self._record_mask, side="right"))
                if stop > start:
                    positions, records = self._match(batch, masked_keys[start:stop], is_whole=False)
                    yield positions + start, records


def _contains_sorted(values: Hashes, queries: Hashes) -> npt.NDArray[np.bool_]:
    """Return for each query whether the sorted `values` contain it."""
    if not len(values):
        return np.zeros(len(queries), dtype=bool)
    positions = np.minimum(np.searchsorted(values, queries), len(values) - 1)
    result: npt.NDArray[np.bool_] = values[positions] == queries
    return result


def write_postings(
    folder: Path, name: str, max_block_size: int, record_count: int, keys: Sequence[Iterator[Hashes]]
) -> tuple[int, npt.NDArray[np.uint32], int]:
    """Sort and write one postings file.

    Each of `keys` yields one rule's keys of all records in order of record number, batch by batch.

    Returns:
        The number of entries, the records under hot keys, and the number of records under the hottest key.
    """
    record_mask = np.uint64((1 << record_bits(record_count)) - 1)
    entries = np.empty(record_count * len(keys), dtype=np.uint64)
    entry_count = 0
    for rule_keys in keys:
        record_number = 0
        for batch in rule_keys:
            present = np.flatnonzero(batch)
            entries[entry_count : entry_count + len(present)] = (batch[present] & ~record_mask) | (
                present + record_number
            ).astype(np.uint64)
            entry_count += len(present)
            record_number += len(batch)
    entries = entries[:entry_count]
    entries.sort()
    hot_keys = _find_hot_keys(entries, max_block_size, record_mask)
    hot_records: list[Hashes] = []
    with (folder / f"{name}.keys").open("wb") as file:
        start = 0
        for key in hot_keys:
            stop = int(np.searchsorted(entries, key))
            _write_entries(file.fileno(), entries[start:stop])
            start = int(np.searchsorted(entries, key | record_mask, side="right"))
            hot_records.append(entries[stop:start] & record_mask)
        _write_entries(file.fileno(), entries[start:])
        os.fsync(file.fileno())
    (folder / f"{name}.hot").write_bytes(hot_keys.tobytes())
    records = np.concatenate(hot_records).astype(np.uint32) if hot_records else np.empty(0, np.uint32)
    return entry_count - len(records), records, max(map(len, hot_records), default=0)


def _write_entries(descriptor: int, entries: Hashes) -> None:
    for start in range(0, len(entries), BATCH_SIZE):
        view = entries[start : start + BATCH_SIZE].data.cast("B")
        while view:
            view = view[os.write(descriptor, view) :]


def _find_hot_keys(entries: Hashes, max_block_size: int, record_mask: np.uint64) -> Hashes:
    """Return the keys, with their record bits cleared, that lead to more than `max_block_size` records."""
    hot_keys = [np.empty(0, np.uint64)]
    for start in range(0, max(0, len(entries) - max_block_size), BATCH_SIZE):
        low = entries[start : start + BATCH_SIZE][: len(entries) - max_block_size - start] & ~record_mask
        high = entries[start + max_block_size : start + max_block_size + len(low)] & ~record_mask
        hot_keys.append(np.unique(low[low == high]))
    return np.unique(np.concatenate(hot_keys))


def record_bits(record_count: int) -> int:
    """Return how many lower bits of an entry hold the record's number; the rest are the key's."""
    return max(1, (record_count - 1).bit_length())


def open_postings(folder: Path, name: str, record_count: int) -> PostingsFile:
    """Memory-map a postings file; only what is searched is read."""
    return PostingsFile(
        folder / f"{name}.keys",
        memory_map(folder / f"{name}.keys", np.dtype(np.uint64)),
        memory_map(folder / f"{name}.hot", np.dtype(np.uint64)),
        record_bits(record_count),
    )


def memory_map(path: Path, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Map a file of numbers as a read-only array; an empty file gives an empty array."""
    if path.stat().st_size == 0:
        return np.empty(0, dtype)
    return np.memmap(path, dtype=dtype, mode="r").view(np.ndarray)
