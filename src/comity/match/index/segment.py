"""A segment of an index, made and opened: what both have in common is here, so that neither can drift from the other.

Guarantees: a segment's fingerprint is over its lexicons, its columns and the records' numbers and record_ids; what is
made from those (the keys) is not hashed again.
Start at `SegmentReader`; how one is made starts in building.py.
"""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.kernel import GOLDEN_RATIO_64
from comity.columns.strings import Hashes
from comity.match.comparisons import MIN_ZIP_POPULATION_BITS
from comity.match.index.blocking_rules import BLOCKING_RULES, BlockingRule, group_by_postings_file, select_rules
from comity.match.index.format import COUNT_COLUMNS, DICTIONARY_COLUMNS, FORMAT, SegmentInfo
from comity.match.index.lexicons import LEXICONS, TextBuffers, read_arrow, text_buffers
from comity.match.index.postings import (
    BATCH_SIZE,
    PostingsFile,
    blocking_keys,
    memory_map,
    open_postings,
    write_postings,
)
from comity.match.kernels.postings_search import gather
from comity.model.progress import ProgressCallback

_KEYLESS_COLUMNS = ("tax_year", "suffix", *COUNT_COLUMNS)
SMALL_BATCH = 1_000
"""Requests below this number are met on one thread, as starting another costs more, and what they mapped stays mapped."""
TF_LEXICONS = {"given": "first_frequency", "surname": "surname_frequency", "middle": "middle_frequency"}
"""Lexicons that say how frequent a name is, and the column that matching knows it by."""


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """What some records say: codes by lexicon, suffix, the taxpayer number's hash, and `numbers`.

    Those are how frequent its names are (`NAME_FREQUENCIES`), and its crowds: how many records of its year share the
    record's ZIP code (`neighbors`), its street, its address, its address and surname (`COUNTS`), as log2.
    """

    codes: dict[str, npt.NDArray[np.uint32]]
    suffix: npt.NDArray[np.uint8]
    tin: npt.NDArray[np.uint32]
    log2_frequencies: dict[str, npt.NDArray[np.float32]]
    person_key: Hashes


class SegmentReader:
    """One segment, mapped. Nothing is read before it is asked for."""

    def __init__(self, folder: Path, rows: int, widths: dict[str, int], withdrawn: npt.NDArray[np.uint32]) -> None:
        """`withdrawn` is the sorted numbers of records that are no longer there."""
        self.folder, self.rows, self.deleted = folder, rows, withdrawn
        self._widths = widths

    @cached_property
    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The numbers of every record, by column."""
        return {
            name: memory_map(self.folder / f"{name}.bin", np.dtype(f"u{self._widths[name]}"))
            for name in (*DICTIONARY_COLUMNS, "tin", *_KEYLESS_COLUMNS)
        }

    @cached_property
    def lexicons(self) -> dict[str, pa.Table]:
        """Every lexicon, a row per code."""
        return {x.name: read_arrow(self.folder / f"{x.name}.arrow") for x in LEXICONS}

    @cached_property
    def key_parts(self) -> dict[str, tuple[str, Hashes]]:
        """Each part of a key: the lexicon it follows from, and its hash by code."""
        return {
            part: (x.name, self.lexicons[x.name].column(f"h_{part}").chunk(0).to_numpy())
            for x in LEXICONS
            for part in x.key_parts
        }

    @cached_property
    def postings(self) -> dict[str, PostingsFile]:
        """Every file of keys that this segment has."""
        return {
            name: open_postings(self.folder, name, self.rows)
            for name in group_by_postings_file(select_rules(self.rows))
        }

    @cached_property
    def _neighbor_tables(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
        rank = self.lexicons["place"].column("rank").chunk(0).to_numpy()
        return np.load(self.folder / "neighbors.npy"), rank, np.load(self.folder / "years.npy")

    def iter_blocking_keys(self, rule: BlockingRule, only: npt.NDArray[np.uint32] | None = None) -> Iterator[Hashes]:
        """The rule's key of every record (0: none), a block at a time; of no others than `only`, where it is given."""
        wanted = None
        if only is not None:
            wanted = np.zeros(self.rows, dtype=bool)
            wanted[only] = True
        for start in range(0, self.rows, BATCH_SIZE):
            until = min(start + BATCH_SIZE, self.rows)
            parts = {p: self.key_parts[p][1][self.columns[self.key_parts[p][0]][start:until]] for p in rule.key_parts}
            keys = blocking_keys(rule, self.columns["tax_year"][start:until].astype(np.uint64), parts)
            yield keys if wanted is None else np.where(wanted[start:until], keys, np.uint64(0))

    def candidate_pairs(
        self, years: Hashes, parts: dict[str, Hashes]
    ) -> tuple[npt.NDArray[np.uint64], dict[str, npt.NDArray[np.bool_]]]:
        """Candidate pairs of requests, given by year and the hashes of their parts, with this segment's records.

        Returns:
            The pairs, once each and sorted, as request position * 2^32 + record number; and for each rule, which
            requests' keys are hot.
        """

        def one(rule: BlockingRule) -> tuple[Hashes, npt.NDArray[np.bool_]]:
            keys = blocking_keys(rule, years, parts)
            order = np.argsort(keys)  # neighbors are searched one after another, so that a page is read once
            positions, records, is_hot = self.postings[rule.postings_name].lookup(keys[order])
            hot = np.empty_like(is_hot)
            hot[order] = is_hot
            return (order[positions].astype(np.uint64) << np.uint64(32)) | records, hot

        rules = select_rules(self.rows)
        if len(years) < SMALL_BATCH:
            met = list(map(one, rules))
        else:
            with ThreadPoolExecutor(2) as pool:
                met = list(pool.map(one, rules))
            self.release_pages()
        found = [pairs for pairs, _ in met]
        hot = {rule.name: is_hot for rule, (_, is_hot) in zip(rules, met, strict=True)}
        pairs = _sorted_unique(np.concatenate(found))
        if len(self.deleted):
            pairs = pairs[~np.isin((pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32), self.deleted)]
        return pairs, hot

    @cached_property
    def text_buffers(self) -> TextBuffers:
        """Where the text of every lexicon lies."""
        return text_buffers(self.lexicons)

    def read_records(self, records: npt.NDArray[np.uint32]) -> "RecordColumns":
        """What these records say, in their order, and what is known of how frequent their names and addresses are."""

        def of(column: npt.NDArray[Any], at: npt.NDArray[Any], kind: Any) -> npt.NDArray[Any]:
            made = np.empty(len(at), kind)
            gather(column, at, made)
            return made

        codes = {name: of(self.columns[name], records, np.uint32) for name in DICTIONARY_COLUMNS}
        tins = of(self.columns["tin"], records, np.uint32)
        frequent = {
            column: of(self.lexicons[name].column("frequency").chunk(0).to_numpy(), codes[name], np.float32)
            for name, column in TF_LEXICONS.items()
        }
        dense, rank, known = self._neighbor_tables
        years = np.searchsorted(known, of(self.columns["tax_year"], records, np.uint16))
        neighbors = dense[of(rank, codes["place"], np.int64), years]
        crowds = {name: _log2_counts(of(self.columns[name], records, np.uint32)) for name in COUNT_COLUMNS}
        return RecordColumns(
            codes=codes,
            suffix=of(self.columns["suffix"], records, np.uint8),
            tin=tins,
            log2_frequencies=frequent
            | crowds
            | {"neighbors": np.maximum(_log2_counts(neighbors), np.float32(MIN_ZIP_POPULATION_BITS))},
            person_key=self._person_keys(codes, tins, records),
        )

    def _person_keys(
        self, codes: dict[str, npt.NDArray[Any]], tins: npt.NDArray[np.uint32], records: npt.NDArray[np.uint32]
    ) -> Hashes:
        """Who a record is of: one taxpayer number with one name, as far as keys tell names apart; else a record is a person."""
        named = self.key_parts["first"][1][codes["given"]] ^ (
            self.key_parts["surname"][1][codes["surname"]] * GOLDEN_RATIO_64
        )
        return np.where(tins != 0, (named ^ tins) * GOLDEN_RATIO_64, ~records.astype(np.uint64))

    def record_ids(self, records: npt.NDArray[np.uint32]) -> list[str]:
        """The record_ids of these records."""
        return [value.decode() for value in self._record_ids[records].tolist()]

    @cached_property
    def _record_ids(self) -> npt.NDArray[np.bytes_]:
        return memory_map(self.folder / "record_id.bin", np.dtype(f"S{self._widths['record_id']}"))

    def release_pages(self) -> None:
        """Unmap what is mapped, so that its pages no longer count as this process's; it is mapped again where it is asked for."""
        for name in ("columns", "postings", "_record_ids", "record_id_hashes"):
            vars(self).pop(name, None)

    def record_numbers(self, marks: Hashes) -> npt.NDArray[np.uint32]:
        """The numbers of the records whose record_ids have these hashes, sorted."""
        return np.flatnonzero(np.isin(self.record_id_hashes, marks)).astype(np.uint32)

    @cached_property
    def record_id_hashes(self) -> Hashes:
        """The hash of every record's record_id."""
        return memory_map(self.folder / "marks.bin", np.dtype(np.uint64))


def _sorted_unique(values: Hashes) -> Hashes:
    """The values once each, sorted; np.unique hashes first, which takes twenty times as long."""
    values.sort()
    is_first = np.ones(len(values), dtype=bool)
    is_first[1:] = values[1:] != values[:-1]
    return values[is_first]


def _log2_counts(counts: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Log2 of each count; 0 where there is none."""
    bits: npt.NDArray[np.float32] = np.log2(np.maximum(counts, 1)).astype(np.float32)
    return bits


def write_all_postings(segment: SegmentReader, say: ProgressCallback) -> tuple[dict[str, int], dict[str, int], int]:
    """Write every file of keys; return entries and hot keys by file, and how many records the hottest key has.

    Two files are made at a time. A finished one is not made again (a note of it stands), so a killed build goes on
    where it was.
    """
    files = group_by_postings_file(select_rules(segment.rows))
    folder = segment.folder
    notes = {name: folder / f"{name}.done.npz" for name in files}

    def note(name: str) -> tuple[int, npt.NDArray[np.uint32], int]:
        with np.load(notes[name]) as told:
            return int(told["kept"]), told["held"], int(told["largest"])

    def write(name: str) -> None:
        if not notes[name].exists():
            rules = files[name]
            keys = [segment.iter_blocking_keys(r, note(r.fallback_of)[1] if r.fallback_of else None) for r in rules]
            kept, held, largest = write_postings(folder, name, rules[0].max_block_size, segment.rows, keys)
            new = folder / f"{name}.new.npz"
            np.savez(new, kept=kept, held=held, largest=largest)
            new.replace(notes[name])

    follow = [name for name, rules in files.items() if any(r.fallback_of for r in rules)]
    done = 0
    with ThreadPoolExecutor(2) as pool:
        for group in ([name for name in files if name not in follow], follow):
            for _ in pool.map(write, group):
                done += 1
                say("making blocking keys", done / len(files))
    told = {name: note(name) for name in files}
    hot = {name: (folder / f"{name}.hot").stat().st_size // 8 for name in files}
    for file in notes.values():
        file.unlink()
    return {name: kept for name, (kept, _, _) in told.items()}, hot, max(largest for _, _, largest in told.values())


def compute_fingerprint(folder: Path, content: int) -> str:
    """SHA-256 over the content of a segment: its parameters, lexicons and columns, whatever order its input had.

    Taxpayer numbers enter by `content`, the sum of the records' own hashes, and not by their column, whose hashes
    depend on the index's key.
    """
    names = [f"{x.name}.arrow" for x in LEXICONS] + [
        f"{n}.bin" for n in (*DICTIONARY_COLUMNS, *_KEYLESS_COLUMNS, "record_id")
    ]

    def digest(name: str) -> str:
        with (folder / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    with ThreadPoolExecutor(2) as pool:
        digests = list(pool.map(digest, names))
    rules = [
        [r.name, r.address_parts, r.name_parts, r.fallback_of, r.key_space, r.max_block_size] for r in BLOCKING_RULES
    ]
    return hashlib.sha256(json.dumps([FORMAT, rules, names, digests, str(content)]).encode()).hexdigest()


def open_segment(index: Path, segment: SegmentInfo) -> SegmentReader:
    """Open a segment of the index in the folder `index`."""
    withdrawn = np.empty(0, np.uint32)
    if segment.withdrawn is not None:
        withdrawn = np.fromfile(index / segment.withdrawn, np.uint32)
    return SegmentReader(index / segment.folder, segment.rows, dict(segment.widths), withdrawn)
