"""Read one index segment and write its postings. Reading and writing are in one module so that they stay in sync.

Guarantees: a segment's fingerprint covers its lexicons, its columns, its record_ids and its taxpayer numbers; what is
derived from those (the postings) is not hashed again.
Start at `SegmentReader`; `writer.py` builds a segment.
"""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.binary_powers import compute_log2
from comity.columns.kernel import GOLDEN_RATIO_64
from comity.columns.parallel import count_workers, iter_parallel
from comity.columns.strings import Hashes
from comity.match.index.blocking_rules import BLOCKING_RULES, BlockingRule, group_by_postings_file, select_rules
from comity.match.index.format import COUNT_COLUMNS, FORMAT, SegmentInfo
from comity.match.index.lexicons import TextBuffers, read_arrow, text_buffers
from comity.match.index.postings import (
    BATCH_SIZE,
    PostingsFile,
    blocking_keys,
    memory_map,
    open_postings,
    write_postings,
)
from comity.match.kernels.pair_lists import RulePairs, merge_pairs
from comity.match.kernels.postings_search import gather
from comity.match.kernels.street_relations import hash_place_streets
from comity.model.progress import ProgressCallback
from comity.normalize.schema import DICTIONARY_COLUMNS, LEXICONS, MIN_ZIP_POPULATION_BITS

_KEYLESS_COLUMNS = ("tax_year", "suffix", *COUNT_COLUMNS)
"""Columns that do not depend on the index's taxpayer-number key."""
SMALL_BATCH = 1_000
"""Fewer requests than this are looked up on one thread, as others cost more, and mapped pages stay mapped."""
_BYTES_PER_ENTRY = 10
"""What a postings file takes in memory while it is made: entries of 64 bits, and some for a batch of keys."""
PLACE_STREETS_FILE = "place_streets.bin"
TF_LEXICONS = {"given": "first_frequency", "surname": "surname_frequency", "middle": "middle_frequency"}
"""Lexicons with name frequencies, and the column under which matching reads them."""


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """The columns of some records.

    Attributes:
        codes: the code of each record's value, by lexicon.
        tax_year: the tax year.
        suffix: the code of the generational suffix.
        tin: the hash of the taxpayer number, 0 for none.
        log2_frequencies: log2 of the shares of the names (`TF_LEXICONS`), of the number of records of the same year
            with the same ZIP code (`neighbors`), and of the counts of `format.COUNT_COLUMNS`.
        person_key: equal for records of one person; 0 for a record without a taxpayer number, which is the only one
            of its person.
    """

    codes: dict[str, npt.NDArray[np.uint32]]
    tax_year: npt.NDArray[np.uint16]
    suffix: npt.NDArray[np.uint8]
    tin: npt.NDArray[np.uint32]
    log2_frequencies: dict[str, npt.NDArray[np.float32]]
    person_key: Hashes


class SegmentReader:
    """One memory-mapped segment; each file is mapped on first use.

    Attributes:
        folder: the segment's folder.
        rows: how many records it was built from.
        deleted: the numbers of its deleted records, in order.
    """

    def __init__(self, folder: Path, rows: int, widths: dict[str, int], deleted: npt.NDArray[np.uint32]) -> None:
        """Use `open_segment`; `widths` gives the bytes per value of each column."""
        self.folder, self.rows, self.deleted = folder, rows, deleted
        self._widths = widths

    @cached_property
    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Map every column of numbers."""
        return {
            name: memory_map(self.folder / f"{name}.bin", np.dtype(f"u{self._widths[name]}"))
            for name in (*DICTIONARY_COLUMNS, "tin", *_KEYLESS_COLUMNS)
        }

    @cached_property
    def lexicons(self) -> dict[str, pa.Table]:
        """Map every lexicon, one row per code."""
        return {lexicon.name: read_arrow(self.folder / f"{lexicon.name}.arrow") for lexicon in LEXICONS}

    def holds_text(self, lexicon: str, text: str) -> bool:
        """Return whether a record has this text as the first of a lexicon's columns, by which the lexicon is sorted."""
        column = self.lexicons[lexicon].column(0).chunk(0)
        position = bisect_left(range(len(column)), text, key=lambda row: column[row].as_py() or "")
        return bool(position < len(column) and column[position].as_py() == text)

    @cached_property
    def key_parts(self) -> dict[str, tuple[str, Hashes]]:
        """Return for each key part the lexicon it is derived from, and its hash by code."""
        return {
            part: (lexicon.name, self.lexicons[lexicon.name].column(f"h_{part}").chunk(0).to_numpy())
            for lexicon in LEXICONS
            for part in lexicon.key_parts
        }

    @cached_property
    def postings(self) -> dict[str, PostingsFile]:
        """Map every postings file of this segment, by name."""
        return {
            name: open_postings(self.folder, name, self.rows)
            for name in group_by_postings_file(select_rules(self.rows))
        }

    @cached_property
    def _neighbor_tables(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
        rank = self.lexicons["place"].column("rank").chunk(0).to_numpy()
        return np.load(self.folder / "neighbors.npy"), rank, np.load(self.folder / "years.npy")

    @cached_property
    def place_streets(self) -> Hashes:
        """Map the hashes of the streets of each ZIP code, sorted."""
        return memory_map(self.folder / PLACE_STREETS_FILE, np.dtype(np.uint64))

    def write_place_streets(self) -> None:
        """Write the hashes of the streets of each ZIP code that records have, batch by batch of records."""
        zips, streets = self.key_parts["zip"][1], self.key_parts["street"][1]
        known = np.empty(0, np.uint64)
        for start in range(0, self.rows, BATCH_SIZE):
            places, codes = (self.columns[name][start : start + BATCH_SIZE] for name in ("place", "street"))
            hashes = np.empty(len(codes), np.uint64)
            hash_place_streets(zips[places], streets[codes], hashes)
            known = np.union1d(known, hashes[hashes != 0])
        known.tofile(self.folder / PLACE_STREETS_FILE)

    def iter_blocking_keys(self, rule: BlockingRule, only: npt.NDArray[np.uint32] | None = None) -> Iterator[Hashes]:
        """Yield the rule's key of every record, batch by batch; 0 for none, and for records not in `only` if given."""
        is_included = None
        if only is not None:
            is_included = np.zeros(self.rows, dtype=bool)
            is_included[only] = True
        for start in range(0, self.rows, BATCH_SIZE):
            stop = min(start + BATCH_SIZE, self.rows)
            keys = self.blocking_keys_of(rule, slice(start, stop))
            yield keys if is_included is None else np.where(is_included[start:stop], keys, np.uint64(0))

    def blocking_keys_of(self, rule: BlockingRule, records: npt.NDArray[np.uint32] | slice) -> Hashes:
        """Return the rule's key of each of these records; 0 for none."""
        lexicons = {part: self.key_parts[part] for part in rule.key_parts}
        parts = {part: hashes[self.columns[lexicon][records]] for part, (lexicon, hashes) in lexicons.items()}
        return blocking_keys(rule, self.columns["tax_year"][records].astype(np.uint64), parts)

    def candidate_pairs(
        self, years: Hashes, parts: dict[str, Hashes]
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
        """Find the candidate pairs of requests, given by tax year and the hashes of their key parts.

        Returns:
            The pairs, distinct and sorted, as request position * 2^32 + record number, with those that cut keys add by
            chance; for each request, a bit for each of `select_rules` that is followed: its key is not hot, and if it
            is a fallback, the key that it replaces is; and whether the request's address leads to more records than
            are followed even with a name.
        """

        def lookup_rule(rule: BlockingRule) -> tuple[RulePairs, npt.NDArray[np.bool_]]:
            keys = blocking_keys(rule, years, parts)
            order = np.argsort(keys)  # neighboring keys are searched one after another, so each page is read once
            positions, records, is_hot = self.postings[rule.postings_name].lookup(keys[order])
            hot = np.empty_like(is_hot)
            hot[order] = is_hot
            return (order.astype(np.uint32)[positions], records), hot

        rules = select_rules(self.rows)
        if len(years) < SMALL_BATCH:
            results = list(map(lookup_rule, rules))
        else:
            results = list(iter_parallel(lookup_rule, rules))
            self.release_pages()
        pairs = merge_pairs(len(years), [rule_pairs for rule_pairs, _ in results])
        hot = {rule.name: is_hot for rule, (_, is_hot) in zip(rules, results, strict=True)}
        if len(self.deleted):
            pairs = pairs[~np.isin((pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32), self.deleted)]
        return pairs, _follow_rules(rules, hot), hot["address"] & (hot["address_surname"] | hot["address_first"])

    @cached_property
    def text_buffers(self) -> TextBuffers:
        """Return the text columns of every lexicon in the form that the kernels read."""
        return text_buffers(self.lexicons)

    def read_records(self, records: npt.NDArray[np.uint32]) -> RecordColumns:
        """Read the columns of these records, in their order, with the frequencies of their names and addresses."""

        def gather_column(
            column: npt.NDArray[Any], positions: npt.NDArray[Any], dtype: type[np.generic]
        ) -> npt.NDArray[Any]:
            values = np.empty(len(positions), dtype)
            gather(column, positions, values)
            return values

        codes = {name: gather_column(self.columns[name], records, np.uint32) for name in DICTIONARY_COLUMNS}
        tins = gather_column(self.columns["tin"], records, np.uint32)
        name_frequencies = {
            column: gather_column(self.lexicons[name].column("frequency").chunk(0).to_numpy(), codes[name], np.float32)
            for name, column in TF_LEXICONS.items()
        }
        zip_populations, rank, known_years = self._neighbor_tables
        tax_years = gather_column(self.columns["tax_year"], records, np.uint16)
        years = np.searchsorted(known_years, tax_years)
        neighbors = zip_populations[gather_column(rank, codes["place"], np.int64), years]
        counts = {name: _log2_counts(gather_column(self.columns[name], records, np.uint32)) for name in COUNT_COLUMNS}
        return RecordColumns(
            codes=codes,
            tax_year=tax_years,
            suffix=gather_column(self.columns["suffix"], records, np.uint8),
            tin=tins,
            log2_frequencies=name_frequencies
            | counts
            | {"neighbors": np.maximum(_log2_counts(neighbors), np.float32(MIN_ZIP_POPULATION_BITS))},
            person_key=self._person_keys(codes, tins),
        )

    def _person_keys(self, codes: dict[str, npt.NDArray[Any]], tins: npt.NDArray[np.uint32]) -> Hashes:
        """Return a key per record that is equal for records of one person; 0 without a taxpayer number.

        Records with the same taxpayer number and the same name, as far as key parts distinguish names, are one person.
        """
        names = self.key_parts["first"][1][codes["given"]] ^ (
            self.key_parts["surname"][1][codes["surname"]] * GOLDEN_RATIO_64
        )
        return np.where(tins != 0, (names ^ tins) * GOLDEN_RATIO_64, np.uint64(0))

    def record_ids(self, records: npt.NDArray[np.uint32]) -> list[str]:
        """Return the record_ids of these records."""
        return [value.decode() for value in self._record_ids[records].tolist()]

    def record_id_bytes(self, records: npt.NDArray[np.uint32]) -> npt.NDArray[np.bytes_]:
        """Return the record_ids of these records as they are stored, padded with zero bytes."""
        return self._record_ids[records]

    @cached_property
    def _record_ids(self) -> npt.NDArray[np.bytes_]:
        return memory_map(self.folder / "record_id.bin", np.dtype(f"S{self._widths['record_id']}"))

    def release_pages(self) -> None:
        """Unmap the columns, postings and record_ids, to lower the resident memory; they are mapped again on demand."""
        for name in ("columns", "postings", "_record_ids", "record_id_hashes"):
            vars(self).pop(name, None)

    def record_numbers(self, id_hashes: Hashes) -> npt.NDArray[np.uint32]:
        """Return the numbers of the records whose record_ids have these hashes, in order."""
        return np.flatnonzero(np.isin(self.record_id_hashes, id_hashes)).astype(np.uint32)

    @cached_property
    def record_id_hashes(self) -> Hashes:
        """Map the hashes of the record_ids."""
        return memory_map(self.folder / "marks.bin", np.dtype(np.uint64))


def _follow_rules(rules: tuple[BlockingRule, ...], hot: dict[str, npt.NDArray[np.bool_]]) -> npt.NDArray[np.uint32]:
    """Return a bit for each rule that is followed, per request, from which requests' keys of each rule are hot."""
    followed = np.zeros(len(hot[rules[0].name]), np.uint32)
    for bit, rule in enumerate(rules):
        is_followed = ~hot[rule.name] if rule.fallback_of is None else hot[rule.fallback_of] & ~hot[rule.name]
        followed |= is_followed.astype(np.uint32) << np.uint32(bit)
    return followed


def _log2_counts(counts: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return log2 of each count; 0 for a count of 0."""
    return compute_log2(np.maximum(counts, 1)).astype(np.float32)


def write_all_postings(
    segment: SegmentReader, progress: ProgressCallback
) -> tuple[dict[str, int], dict[str, int], int]:
    """Write every postings file of a segment, as many at a time as there are processors and as fit into memory.

    A finished file leaves a note and is not written again, so a killed build resumes.

    Returns:
        The number of entries by file, the number of hot keys by file, and the number of records under the hottest key.
    """
    files = group_by_postings_file(select_rules(segment.rows))
    folder = segment.folder
    notes = {name: folder / f"{name}.done.npz" for name in files}

    def read_note(name: str) -> tuple[int, npt.NDArray[np.uint32], int]:
        with np.load(notes[name]) as note:
            return int(note["kept"]), note["held"], int(note["largest"])

    def write(name: str) -> None:
        if not notes[name].exists():
            rules = files[name]
            keys = [
                segment.iter_blocking_keys(rule, read_note(rule.fallback_of)[1] if rule.fallback_of else None)
                for rule in rules
            ]
            entry_count, hot_records, hottest = write_postings(
                folder,
                name,
                rules[0].max_block_size,
                segment.rows,
                keys,
                lambda records: [segment.blocking_keys_of(rule, records) for rule in rules],
            )
            new_path = folder / f"{name}.new.npz"
            np.savez(new_path, kept=entry_count, held=hot_records, largest=hottest)
            new_path.replace(notes[name])

    fallbacks = [name for name, rules in files.items() if any(rule.fallback_of for rule in rules)]
    done = 0
    workers = count_workers(max(map(len, files.values())) * segment.rows * _BYTES_PER_ENTRY)
    for group in ([name for name in files if name not in fallbacks], fallbacks):
        for _ in iter_parallel(write, group, threads=workers):
            done += 1
            progress("making blocking keys", done / len(files))
    results = {name: read_note(name) for name in files}
    hot_counts = {name: (folder / f"{name}.hot").stat().st_size // 8 for name in files}
    for note in notes.values():
        note.unlink()
    return (
        {name: entry_count for name, (entry_count, _, _) in results.items()},
        hot_counts,
        max(hottest for _, _, hottest in results.values()),
    )


def compute_fingerprint(folder: Path, content_hash: int) -> str:
    """Return SHA-256 over a segment's parameters, lexicons and columns, in hex; the order of the input has no effect.

    Taxpayer numbers enter through `content_hash`, the sum of the records' own hashes, because the column of their
    hashes depends on the index's key.
    """
    names = [f"{lexicon.name}.arrow" for lexicon in LEXICONS] + [
        f"{name}.bin" for name in (*DICTIONARY_COLUMNS, *_KEYLESS_COLUMNS, "record_id")
    ]

    def digest(name: str) -> str:
        with (folder / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    digests = list(iter_parallel(digest, names))
    rules = [
        [r.name, r.address_parts, r.name_parts, r.fallback_of, r.key_space, r.max_block_size] for r in BLOCKING_RULES
    ]
    return hashlib.sha256(json.dumps([FORMAT, rules, names, digests, str(content_hash)]).encode()).hexdigest()


def open_segment(index: Path, segment: SegmentInfo) -> SegmentReader:
    """Open a segment of the index in the folder `index`."""
    deleted = np.empty(0, np.uint32)
    if segment.withdrawn is not None:
        deleted = np.fromfile(index / segment.withdrawn, np.uint32)
    return SegmentReader(index / segment.folder, segment.rows, dict(segment.widths), deleted)
