"""Postings: for each blocking rule, or key space of rules, one sorted file of 64-bit entries that a lookup searches.

An entry has the upper bits of a blocking key and a record's number in its lower bits, so one sort and one search serve
both. A key is mixed from the hashes of its parts (`lexicons.py`), in the same way for records and requests. What is cut
off a key is not stored: a lookup finds every record of a key, and by chance one of another key.

Guarantees: entries are sorted; a key of more records than its rule's `max_block_size` has no entries and is listed as
hot instead, whole; the same records give the same bytes.
Does not: read a name or an address, as it sees hashes only; nor say which records were found by chance, as
`kernels/key_agreement.py` does when the records' columns are read.
Start at `PostingsFile.lookup`.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.strings import Hashes
from comity.match.index.blocking_rules import BlockingRule
from comity.match.kernels.key_hashes import hash_blocking_keys
from comity.match.kernels.postings_search import count_postings, gather_postings

Records = npt.NDArray[np.uint32]
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

    def lookup(self, keys: Hashes) -> tuple[npt.NDArray[np.int64], Records, npt.NDArray[np.bool_]]:
        """Find the records whose keys begin as `keys` do, which are sorted in ascending order; 0 is no key.

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
        return positions[has_key], records[has_key], _contains_sorted(self.hot_keys, keys) & (keys != 0)

    def _match(self, entries: Hashes, masked_keys: Hashes, *, is_whole: bool) -> tuple[npt.NDArray[np.int64], Records]:
        """Return the positions of the keys that these entries hold, and their records."""
        starts, lengths = np.empty(len(masked_keys), np.int64), np.empty(len(masked_keys), np.int64)
        total = count_postings(entries, masked_keys, self._record_mask, starts, lengths, is_whole)
        positions, records = np.empty(total, np.int64), np.empty(total, np.uint32)
        gather_postings(entries, self._record_mask, starts, lengths, positions, records)
        return positions, records

    def _match_streaming(self, masked_keys: Hashes) -> Iterator[tuple[npt.NDArray[np.int64], Records]]:
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


def write_postings(  # noqa: PLR0913, PLR0917  a file's name and limit, and where its keys come from
    folder: Path,
    name: str,
    max_block_size: int,
    record_count: int,
    keys: Sequence[Iterator[Hashes]],
    keys_of: Callable[[Records], Sequence[Hashes]],
) -> tuple[int, Records, int]:
    """Sort and write one postings file.

    Each of `keys` yields one rule's keys of all records in order of record number, batch by batch; `keys_of` returns
    the keys of some records, rule by rule.

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
    hot = _find_hot_entries(entries, max_block_size, record_mask, keys_of)
    with (folder / f"{name}.keys").open("wb") as file:
        _write_entries(file.fileno(), entries, hot.positions)
        os.fsync(file.fileno())
    (folder / f"{name}.hot").write_bytes(hot.keys.tobytes())
    records = (entries[hot.positions] & record_mask).astype(np.uint32)
    return entry_count - len(records), records, hot.largest


def _write_entries(descriptor: int, entries: Hashes, left_out: npt.NDArray[np.int64]) -> None:
    """Write the entries, except those at some positions in ascending order, batch by batch."""
    for start in range(0, len(entries), BATCH_SIZE):
        batch = entries[start : start + BATCH_SIZE]
        first, last = np.searchsorted(left_out, (start, start + BATCH_SIZE))
        if last > first:
            batch = np.delete(batch, left_out[first:last] - start)
        view = batch.data.cast("B")
        while view:
            view = view[os.write(descriptor, view) :]


@dataclass(frozen=True, slots=True)
class _HotEntries:
    """The hot keys in ascending order, the positions of their entries, and the number of records under the hottest."""

    keys: Hashes
    positions: npt.NDArray[np.int64]
    largest: int


def _find_hot_entries(
    entries: Hashes, max_block_size: int, record_mask: np.uint64, keys_of: Callable[[Records], Sequence[Hashes]]
) -> _HotEntries:
    """Find the keys that lead to more than `max_block_size` records.

    Whole keys are counted: where a cut key has more entries than that, the keys of its records are made again.
    """
    cut_keys = _find_frequent_keys(entries, max_block_size, record_mask)
    starts = np.searchsorted(entries, cut_keys)
    stops = np.searchsorted(entries, cut_keys | record_mask, side="right")
    hot_keys, hot_positions, largest = [np.empty(0, np.uint64)], [np.empty(0, np.int64)], 0
    ends = np.cumsum(stops - starts)
    for first, last in _split_by_size(ends, BATCH_SIZE):
        ranges = [np.arange(start, stop) for start, stop in zip(starts[first:last], stops[first:last], strict=True)]
        positions = np.concatenate(ranges)
        whole = _whole_keys(entries[positions], record_mask, keys_of)
        keys, key_of_entry, counts = np.unique(whole, return_inverse=True, return_counts=True)
        hot_keys.append(keys[counts > max_block_size])
        hot_positions.append(positions[(counts > max_block_size)[key_of_entry]])
        largest = max(largest, int(counts.max()))
    keys = np.concatenate(hot_keys)
    return _HotEntries(keys, np.concatenate(hot_positions), largest if len(keys) else 0)


def _split_by_size(ends: npt.NDArray[np.int64], size: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of consecutive groups of about `size` members; `ends` has the sum of the sizes up to each group."""
    first = 0
    while first < len(ends):
        before = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + size, side="right")))
        yield first, last
        first = last


def _whole_keys(entries: Hashes, record_mask: np.uint64, keys_of: Callable[[Records], Sequence[Hashes]]) -> Hashes:
    """Return the whole key of each entry: of the first rule by which its record has such a key.

    Where a record has several entries that are equal, they are of one rule after the other.
    """
    keys = np.stack(list(keys_of((entries & record_mask).astype(np.uint32))))
    is_of_entry = (keys & ~record_mask) == (entries & ~record_mask)
    nth = np.cumsum(is_of_entry, axis=0)
    nth_wanted = np.ones(len(entries), np.int64)
    for _ in range(len(keys) - 1):
        nth_wanted[1:] = np.where(entries[1:] == entries[:-1], nth_wanted[:-1] + 1, 1)
    rule = np.argmax(is_of_entry & (nth == nth_wanted), axis=0)
    result: Hashes = keys[rule, np.arange(len(entries))]
    return result


def _find_frequent_keys(entries: Hashes, max_block_size: int, record_mask: np.uint64) -> Hashes:
    """Return the cut keys, with zeros for the record number, that more than `max_block_size` entries have."""
    frequent = [np.empty(0, np.uint64)]
    for start in range(0, max(0, len(entries) - max_block_size), BATCH_SIZE):
        low = entries[start : start + BATCH_SIZE][: len(entries) - max_block_size - start] & ~record_mask
        high = entries[start + max_block_size : start + max_block_size + len(low)] & ~record_mask
        frequent.append(np.unique(low[low == high]))
    return np.unique(np.concatenate(frequent))


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
