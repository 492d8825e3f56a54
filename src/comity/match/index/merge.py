"""Second pass of a build: lexicons in their final order, and records in the order of addresses, column by column.

Partitions are independent of one another: each is read from every chunk, sorted by ZIP code, year, street, number and
record_id, and written at its place in the columns.

Guarantees: the order of the input leaves no trace; people of one address lie together.
Start at `write_lexicons`, then `write_columns`.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.duck import DuckDBConnection
from comity.match.index.chunks import PARTITION_COUNT, Chunk
from comity.match.index.format import COUNT_COLUMNS, DICTIONARY_COLUMNS, PRIMITIVE_COLUMNS
from comity.match.index.lexicons import (
    KEY_PARTS,
    LEXICONS,
    Lexicon,
    hash_key_parts,
    read_arrow,
    text_buffer,
    write_arrow,
)
from comity.match.index.term_frequencies import (
    DEFAULT_LOG2_FREQUENCY,
    first_names_query,
    initials_query,
    surnames_query,
)
from comity.model.progress import ProgressCallback

TF_TABLE_OF_LEXICON = {"given": "first_names", "surname": "surnames", "middle": "initials"}


@dataclass(frozen=True, slots=True)
class CodeRemap:
    """What each chunk's codes become, chunk by chunk, and the rank of the first column of each final code."""

    new_codes: Sequence[npt.NDArray[np.uint32]]
    rank: npt.NDArray[np.uint32]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The smallest type that holds every code."""
        return np.min_scalar_type(len(self.rank) - 1)


def write_lexicons(
    db: DuckDBConnection, chunks: Sequence[Chunk], folder: Path, base: Path | None
) -> dict[str, CodeRemap]:
    """Write every lexicon, and the frequencies of names, into `folder`; return the codings.

    Records that come later are weighed by the frequencies of the segment that came first, `base`.
    """
    for lexicon in LEXICONS:
        db.register(f"{lexicon.name}_values", _lexicon_values(chunks, lexicon))
        columns = ", ".join(lexicon.columns)
        order = ", ".join(f"{c} NULLS FIRST" for c in lexicon.columns)
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE {lexicon.name}_lexicon AS
            SELECT *, (row_number() OVER (ORDER BY {order}) - 1)::UINTEGER AS final,
                dense_rank() OVER (ORDER BY {lexicon.columns[0]} NULLS FIRST)::UINTEGER AS rank
            FROM (SELECT {columns}, sum(records)::BIGINT AS records FROM {lexicon.name}_values GROUP BY ALL)""")
    for name, query in (
        ("first_names", first_names_query(db)),
        ("surnames", surnames_query(db)),
        ("initials", initials_query()),
    ):
        if base:
            write_arrow(read_arrow(base / f"{name}.arrow"), folder / f"{name}.arrow")
        else:
            write_arrow(db.sql(f"FROM ({query}) ORDER BY name").to_arrow_table(), folder / f"{name}.arrow")
    return {lexicon.name: _write_lexicon(db, lexicon, chunks, folder) for lexicon in LEXICONS}


def _lexicon_values(chunks: Sequence[Chunk], lexicon: Lexicon) -> pa.Table:
    """The values of all chunks, with the place of each among its chunk's (`code`) and the chunk's (`chunk`)."""
    tables = []
    for number, chunk in enumerate(chunks):
        table = chunk.read_lexicon(lexicon.name)
        table = table.append_column("code", pa.array(np.arange(len(table), dtype=np.uint32)))
        tables.append(table.append_column("chunk", pa.array(np.full(len(table), number, np.uint32))))
    return pa.concat_tables(tables)


def _write_lexicon(db: DuckDBConnection, lexicon: Lexicon, chunks: Sequence[Chunk], folder: Path) -> CodeRemap:
    """Write a lexicon in order of its values, code 0 first; free its tables."""
    name = lexicon.name
    same = " AND ".join(f"v.{c} IS NOT DISTINCT FROM l.{c}" for c in lexicon.columns)
    found = db.sql(
        f"SELECT v.chunk, v.code, l.final FROM {name}_values v JOIN {name}_lexicon l ON {same}"
    ).to_arrow_table()
    chunk, code, final = (found.column(c).to_numpy() for c in ("chunk", "code", "final"))
    starts = np.cumsum([0, *(len(c.read_lexicon(name)) for c in chunks)])
    every = np.empty(starts[-1], np.uint32)
    every[starts[chunk] + code] = final
    columns = ", ".join((*lexicon.columns, "rank"))
    table = db.sql(f"SELECT {columns} FROM {name}_lexicon ORDER BY final").to_arrow_table().combine_chunks()
    db.unregister(f"{name}_values")
    db.execute(f"DROP TABLE temp.{name}_lexicon")
    for part in lexicon.key_parts:
        table = table.append_column(
            f"h_{part}", pa.array(hash_key_parts(text_buffer(table.column(KEY_PARTS[part].column).chunk(0)), part))
        )
    if name in TF_TABLE_OF_LEXICON:
        known = read_arrow(folder / f"{TF_TABLE_OF_LEXICON[name]}.arrow")
        keys = table.column(0) if name != "middle" else pc.utf8_slice_codeunits(table.column(0), 0, 1)
        frequency = known.column("frequency").take(pc.index_in(keys, known.column("name")))
        table = table.append_column(
            "frequency", frequency.fill_null(pa.scalar(DEFAULT_LOG2_FREQUENCY[name], pa.float32()))
        )
    write_arrow(table, folder / f"{name}.arrow")
    return CodeRemap([every[a:b] for a, b in pairwise(starts)], table.column("rank").to_numpy())


def column_widths(codings: dict[str, CodeRemap], id_width: int) -> dict[str, int]:
    """How many bytes each column's numbers take."""
    made = {name: codings[name].dtype.itemsize for name in DICTIONARY_COLUMNS}
    made |= {name: kind.itemsize for name, kind in PRIMITIVE_COLUMNS.items()}
    made |= {name: kind.itemsize for name, kind in COUNT_COLUMNS.items()}
    return made | {"record_id": id_width}


def write_columns(
    chunks: Sequence[Chunk], codings: dict[str, CodeRemap], folder: Path, id_width: int, say: ProgressCallback
) -> None:
    """Write every column, and `marks.bin`: the record_ids' hashes, for finding a record again."""
    sizes = np.array([[c.offsets[p + 1] - c.offsets[p] for c in chunks] for p in range(PARTITION_COUNT)]).sum(axis=1)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    width = column_widths(codings, id_width) | {"marks": 8}
    files = {name: os.open(folder / f"{name}.bin", os.O_RDWR | os.O_CREAT, 0o644) for name in width}
    years = sorted({y for c in chunks for y in c.years})
    neighbors = np.zeros((int(codings["place"].rank.max()) + 1, len(years)), dtype=np.uint32)

    def write(part: int) -> None:
        rows = _read_partition(chunks, part, codings)
        if not len(rows):
            return
        for name, values in _sort_partition(rows, codings, years, neighbors).items():
            _pwrite_all(files[name], np.ascontiguousarray(values).data.cast("B"), int(starts[part]) * width[name])

    try:
        with ThreadPoolExecutor(2) as pool:
            for done, _ in enumerate(pool.map(write, range(PARTITION_COUNT)), 1):
                say("ordering records", done / PARTITION_COUNT)
        for descriptor in files.values():
            os.fsync(descriptor)
    finally:
        for descriptor in files.values():
            os.close(descriptor)
    np.save(folder / "neighbors.npy", neighbors)
    np.save(folder / "years.npy", np.array(years, dtype=np.uint16))


def _pwrite_all(descriptor: int, data: memoryview, offset: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written


def _read_partition(chunks: Sequence[Chunk], part: int, codings: dict[str, CodeRemap]) -> npt.NDArray[np.void]:
    """The rows of one partition, in their final codes."""
    slices = []
    for number, chunk in enumerate(chunks):
        since, until = chunk.offsets[part], chunk.offsets[part + 1]
        if until > since:
            rows = np.array(np.load(chunk.file, mmap_mode="r")[since:until])
            for name in DICTIONARY_COLUMNS:
                rows[name] = codings[name].new_codes[number][rows[name]]
            slices.append(rows)
    return np.concatenate(slices) if slices else np.empty(0, np.void)


def _sort_partition(
    rows: npt.NDArray[np.void], codings: dict[str, CodeRemap], years: list[int], neighbors: npt.NDArray[np.uint32]
) -> dict[str, npt.NDArray[Any]]:
    """The columns of one partition, in order; counts the partition's people by ZIP code and year into `neighbors`."""
    codes = {name: rows[name] for name in DICTIONARY_COLUMNS}
    zips, streets = codings["place"].rank[codes["place"]], codings["street"].rank[codes["street"]]
    numbers, names = codings["number"].rank[codes["number"]], codings["surname"].rank[codes["surname"]]
    year = np.searchsorted(np.array(years), rows["tax_year"])
    order = np.lexsort((rows["mark"], *_pack_sort_keys(numbers, streets, year, zips)))
    codes = {name: values[order] for name, values in codes.items()}
    zips, year, streets, numbers, names = (v[order] for v in (zips, year, streets, numbers, names))
    has_zip, has_street = zips > 1, streets > 1  # rank 1 is the missing value's
    at_zip = _run_ids(zips, year)
    np.add.at(neighbors, (zips[has_zip], year[has_zip]), 1)
    on_street = _run_lengths(_run_ids(streets, start=at_zip)) * (has_zip & has_street)
    at_address = _run_ids(numbers, start=_run_ids(streets, start=at_zip))
    whole = has_zip & has_street & (numbers > 1)
    residents = _run_lengths(at_address) * whole
    return {
        **{name: values.astype(codings[name].dtype) for name, values in codes.items()},
        "tin": rows["tin"][order],
        "tax_year": rows["tax_year"][order],
        "suffix": rows["suffix"][order],
        "residents": _clip_counts(residents, "residents"),
        "street_residents": _clip_counts(on_street, "street_residents"),
        "household": _clip_counts(_household_sizes(at_address, names) * (whole & (names > 1)), "household"),
        "record_id": rows["record_id"][order],
        "marks": rows["mark"][order],
    }


def _pack_sort_keys(*keys: npt.NDArray[Any]) -> list[npt.NDArray[np.uint64]]:
    """Sort keys, the least significant first, in as few numbers of 64 bits as hold them: sorting is by far the dearest."""
    packed: list[npt.NDArray[np.uint64]] = []
    used = 65
    for key in keys:
        bits = int(key.max(initial=0)).bit_length()
        if used + bits > 64:
            packed.append(key.astype(np.uint64))
            used = bits
        else:
            packed[-1] |= key.astype(np.uint64) << np.uint64(used)
            used += bits
    return packed


def _clip_counts(counts: npt.NDArray[np.int64], name: str) -> npt.NDArray[Any]:
    kind = COUNT_COLUMNS[name]
    return np.minimum(counts, np.iinfo(kind).max).astype(kind)


def _run_ids(*columns: npt.NDArray[Any], start: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.int64]:
    """The number of the run of equal values that each row is in, within the runs of `start`."""
    changes = np.zeros(len(columns[0]), dtype=bool)
    for column in (*columns, *([start] if start is not None else [])):
        changes[1:] |= column[1:] != column[:-1]
    return np.cumsum(changes)


def _run_lengths(runs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many rows are in each row's run."""
    return np.bincount(runs)[runs]


def _household_sizes(addresses: npt.NDArray[np.int64], names: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """How many rows of each row's address bear its surname."""
    both = (addresses.astype(np.uint64) << np.uint64(32)) | names
    order = np.argsort(both)
    sizes = np.empty(len(both), dtype=np.int64)
    sizes[order] = _run_lengths(_run_ids(both[order]))
    return sizes
