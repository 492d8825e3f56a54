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

from comity.match.compiled.searching import take
from comity.match.compiled.texts import MIX, Hashes
from comity.match.index.keys import BLOCK, KeyFile, mapped, mixed, open_keys, write_keys
from comity.match.index.layout import CODED, COUNTS, FORMAT, Segment
from comity.match.index.lexicons import LEXICONS, Written, read_arrow, written
from comity.match.index.rules import RULES, BlockingRule, by_file, rules_for
from comity.match.levels import FEWEST_NEIGHBORS
from comity.model.progress import Progress

_ALIKE = ("tax_year", "suffix", *COUNTS)
FEW = 1_000
"""Requests below this number are met on one thread, as starting another costs more, and what they mapped stays mapped."""
FREQUENT = {"given": "first_frequency", "surname": "surname_frequency", "middle": "middle_frequency"}
"""Lexicons that say how frequent a name is, and the column that matching knows it by."""


@dataclass(frozen=True, slots=True)
class Met:
    """What some records say: codes by lexicon, suffix, the taxpayer number's hash, and `numbers`.

    Those are how frequent its names are (`NAME_FREQUENCIES`), and its crowds: how many records of its year share the
    record's ZIP code (`neighbors`), its street, its address, its address and surname (`COUNTS`), as log2.
    """

    codes: dict[str, npt.NDArray[np.uint32]]
    suffix: npt.NDArray[np.uint8]
    tin: npt.NDArray[np.uint32]
    numbers: dict[str, npt.NDArray[np.float32]]
    person_key: Hashes


class SegmentReader:
    """One segment, mapped. Nothing is read before it is asked for."""

    def __init__(self, folder: Path, rows: int, widths: dict[str, int], withdrawn: npt.NDArray[np.uint32]) -> None:
        """`withdrawn` is the sorted numbers of records that are no longer there."""
        self.folder, self.rows, self.withdrawn = folder, rows, withdrawn
        self._widths = widths

    @cached_property
    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The numbers of every record, by column."""
        return {
            name: mapped(self.folder / f"{name}.bin", np.dtype(f"u{self._widths[name]}"))
            for name in (*CODED, "tin", *_ALIKE)
        }

    @cached_property
    def lexicons(self) -> dict[str, pa.Table]:
        """Every lexicon, a row per code."""
        return {x.name: read_arrow(self.folder / f"{x.name}.arrow") for x in LEXICONS}

    @cached_property
    def parts(self) -> dict[str, tuple[str, Hashes]]:
        """Each part of a key: the lexicon it follows from, and its hash by code."""
        return {
            part: (x.name, self.lexicons[x.name].column(f"h_{part}").chunk(0).to_numpy())
            for x in LEXICONS
            for part in x.parts
        }

    @cached_property
    def keys(self) -> dict[str, KeyFile]:
        """Every file of keys that this segment has."""
        return {name: open_keys(self.folder, name, self.rows) for name in by_file(rules_for(self.rows))}

    @cached_property
    def _neighbors(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
        rank = self.lexicons["place"].column("rank").chunk(0).to_numpy()
        return np.load(self.folder / "neighbors.npy"), rank, np.load(self.folder / "years.npy")

    def record_keys(self, rule: BlockingRule, only: npt.NDArray[np.uint32] | None = None) -> Iterator[Hashes]:
        """The rule's key of every record (0: none), a block at a time; of no others than `only`, where it is given."""
        wanted = None
        if only is not None:
            wanted = np.zeros(self.rows, dtype=bool)
            wanted[only] = True
        for start in range(0, self.rows, BLOCK):
            until = min(start + BLOCK, self.rows)
            parts = {p: self.parts[p][1][self.columns[self.parts[p][0]][start:until]] for p in rule.parts}
            keys = mixed(rule, self.columns["tax_year"][start:until].astype(np.uint64), parts)
            yield keys if wanted is None else np.where(wanted[start:until], keys, np.uint64(0))

    def meet(
        self, years: Hashes, parts: dict[str, Hashes]
    ) -> tuple[npt.NDArray[np.uint64], dict[str, npt.NDArray[np.bool_]]]:
        """Candidate pairs of requests, given by year and the hashes of their parts, with this segment's records.

        Returns:
            The pairs, once each and sorted, as request position * 2^32 + record number; and for each rule, which
            requests' keys are hot.
        """

        def one(rule: BlockingRule) -> tuple[Hashes, npt.NDArray[np.bool_]]:
            keys = mixed(rule, years, parts)
            order = np.argsort(keys)  # neighbors are searched one after another, so that a page is read once
            positions, records, is_hot = self.keys[rule.file].find(keys[order])
            hot = np.empty_like(is_hot)
            hot[order] = is_hot
            return (order[positions].astype(np.uint64) << np.uint64(32)) | records, hot

        rules = rules_for(self.rows)
        if len(years) < FEW:
            met = list(map(one, rules))
        else:
            with ThreadPoolExecutor(2) as pool:
                met = list(pool.map(one, rules))
            self.let_go()
        found = [pairs for pairs, _ in met]
        hot = {rule.name: is_hot for rule, (_, is_hot) in zip(rules, met, strict=True)}
        pairs = _distinct(np.concatenate(found))
        if len(self.withdrawn):
            pairs = pairs[~np.isin((pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32), self.withdrawn)]
        return pairs, hot

    @cached_property
    def written(self) -> Written:
        """Where the text of every lexicon lies."""
        return written(self.lexicons)

    def met(self, records: npt.NDArray[np.uint32]) -> "Met":
        """What these records say, in their order, and what is known of how frequent their names and addresses are."""

        def of(column: npt.NDArray[Any], at: npt.NDArray[Any], kind: Any) -> npt.NDArray[Any]:
            made = np.empty(len(at), kind)
            take(column, at, made)
            return made

        codes = {name: of(self.columns[name], records, np.uint32) for name in CODED}
        tins = of(self.columns["tin"], records, np.uint32)
        frequent = {
            column: of(self.lexicons[name].column("frequency").chunk(0).to_numpy(), codes[name], np.float32)
            for name, column in FREQUENT.items()
        }
        dense, rank, known = self._neighbors
        years = np.searchsorted(known, of(self.columns["tax_year"], records, np.uint16))
        neighbors = dense[of(rank, codes["place"], np.int64), years]
        crowds = {name: _bits(of(self.columns[name], records, np.uint32)) for name in COUNTS}
        return Met(
            codes=codes,
            suffix=of(self.columns["suffix"], records, np.uint8),
            tin=tins,
            numbers=frequent | crowds | {"neighbors": np.maximum(_bits(neighbors), np.float32(FEWEST_NEIGHBORS))},
            person_key=self._persons(codes, tins, records),
        )

    def _persons(
        self, codes: dict[str, npt.NDArray[Any]], tins: npt.NDArray[np.uint32], records: npt.NDArray[np.uint32]
    ) -> Hashes:
        """Who a record is of: one taxpayer number with one name, as far as keys tell names apart; else a record is a person."""
        named = self.parts["first"][1][codes["given"]] ^ (self.parts["surname"][1][codes["surname"]] * MIX)
        return np.where(tins != 0, (named ^ tins) * MIX, ~records.astype(np.uint64))

    def record_ids(self, records: npt.NDArray[np.uint32]) -> list[str]:
        """The record_ids of these records."""
        return [value.decode() for value in self._record_ids[records].tolist()]

    @cached_property
    def _record_ids(self) -> npt.NDArray[np.bytes_]:
        return mapped(self.folder / "record_id.bin", np.dtype(f"S{self._widths['record_id']}"))

    def let_go(self) -> None:
        """Unmap what is mapped, so that its pages no longer count as this process's; it is mapped again where it is asked for."""
        for name in ("columns", "keys", "_record_ids", "marks"):
            vars(self).pop(name, None)

    def numbers_of(self, marks: Hashes) -> npt.NDArray[np.uint32]:
        """The numbers of the records whose record_ids have these hashes, sorted."""
        return np.flatnonzero(np.isin(self.marks, marks)).astype(np.uint32)

    @cached_property
    def marks(self) -> Hashes:
        """The hash of every record's record_id."""
        return mapped(self.folder / "marks.bin", np.dtype(np.uint64))


def _distinct(values: Hashes) -> Hashes:
    """The values once each, sorted; np.unique hashes first, which takes twenty times as long."""
    values.sort()
    is_first = np.ones(len(values), dtype=bool)
    is_first[1:] = values[1:] != values[:-1]
    return values[is_first]


def _bits(counts: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Log2 of each count; 0 where there is none."""
    bits: npt.NDArray[np.float32] = np.log2(np.maximum(counts, 1)).astype(np.float32)
    return bits


def write_all_keys(segment: SegmentReader, say: Progress) -> tuple[dict[str, int], dict[str, int], int]:
    """Write every file of keys; return entries and hot keys by file, and how many records the hottest key has.

    Two files are made at a time. A finished one is not made again (a note of it stands), so a killed build goes on
    where it was.
    """
    files = by_file(rules_for(segment.rows))
    folder = segment.folder
    notes = {name: folder / f"{name}.done.npz" for name in files}

    def note(name: str) -> tuple[int, npt.NDArray[np.uint32], int]:
        with np.load(notes[name]) as told:
            return int(told["kept"]), told["held"], int(told["largest"])

    def write(name: str) -> None:
        if not notes[name].exists():
            rules = files[name]
            keys = [segment.record_keys(r, note(r.when_hot)[1] if r.when_hot else None) for r in rules]
            kept, held, largest = write_keys(folder, name, rules[0].bound, segment.rows, keys)
            new = folder / f"{name}.new.npz"
            np.savez(new, kept=kept, held=held, largest=largest)
            new.replace(notes[name])

    follow = [name for name, rules in files.items() if any(r.when_hot for r in rules)]
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


def fingerprint(folder: Path, content: int) -> str:
    """SHA-256 over the content of a segment: its parameters, lexicons and columns, whatever order its input had.

    Taxpayer numbers enter by `content`, the sum of the records' own hashes, and not by their column, whose hashes
    depend on the index's key.
    """
    names = [f"{x.name}.arrow" for x in LEXICONS] + [f"{n}.bin" for n in (*CODED, *_ALIKE, "record_id")]

    def digest(name: str) -> str:
        with (folder / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    with ThreadPoolExecutor(2) as pool:
        digests = list(pool.map(digest, names))
    rules = [[r.name, r.address, r.person, r.when_hot, r.family, r.bound] for r in RULES]
    return hashlib.sha256(json.dumps([FORMAT, rules, names, digests, str(content)]).encode()).hexdigest()


def open_segment(index: Path, segment: Segment) -> SegmentReader:
    """Open a segment of the index in the folder `index`."""
    withdrawn = np.empty(0, np.uint32)
    if segment.withdrawn is not None:
        withdrawn = np.fromfile(index / segment.withdrawn, np.uint32)
    return SegmentReader(index / segment.folder, segment.rows, dict(segment.widths), withdrawn)
