"""Second pass of a build: merge the chunks into lexicons in final order and columns sorted by address.

Partitions are independent: each is read from every chunk, sorted by ZIP code, year, street, number and record_id, and
written at its place in the columns.

Guarantees: the result does not depend on the order of the input; people at one address are adjacent.
Start at `write_lexicons`, then `write_columns`.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.duck import DuckDBConnection
from comity.columns.parallel import count_workers, iter_parallel
from comity.match.index.blocking_rules import KEY_PARTS
from comity.match.index.chunks import PARTITION_COUNT, Chunk
from comity.match.index.format import COUNT_COLUMNS, PRIMITIVE_COLUMNS
from comity.match.index.lexicons import hash_key_parts, read_arrow, text_buffer, write_arrow
from comity.match.index.term_frequencies import (
    DEFAULT_LOG2_FREQUENCY,
    read_first_names,
    read_initials,
    read_surnames,
)
from comity.model.progress import ProgressCallback
from comity.normalize.schema import DICTIONARY_COLUMNS, LEXICONS, Lexicon

_BYTES_PER_ROW = 400
"""What a record takes in memory while its partition is sorted: its row twice, and keys to sort and count by."""
TF_TABLE_OF_LEXICON = {"given": "first_names", "surname": "surnames", "middle": "initials"}


@dataclass(frozen=True, slots=True)
class CodeRemap:
    """The final code of each chunk's code, chunk by chunk, and the rank of each final code."""

    new_codes: Sequence[npt.NDArray[np.uint32]]
    rank: npt.NDArray[np.uint32]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the smallest type that holds every final code."""
        return np.min_scalar_type(len(self.rank) - 1)


def write_lexicons(
    db: DuckDBConnection, chunks: Sequence[Chunk], folder: Path, base: Path | None
) -> dict[str, CodeRemap]:
    """Write every lexicon and the frequencies of names into `folder`; return the code remaps by lexicon.

    Segments added later copy the frequencies of the first segment (`base`), so that all records are weighed alike.
    """
    for lexicon in LEXICONS:
        db.register(f"{lexicon.name}_values", _lexicon_values(chunks, lexicon))
        columns = ", ".join(lexicon.columns)
        ranked = ", ".join(f"{column} NULLS FIRST" for column in lexicon.columns[: lexicon.ranked])
        order = ", ".join(f"{column} NULLS FIRST" for column in lexicon.columns)
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE {lexicon.name}_lexicon AS
            SELECT *, (row_number() OVER (ORDER BY {order}) - 1)::UINTEGER AS final,
                dense_rank() OVER (ORDER BY {ranked})::UINTEGER AS rank
            FROM (SELECT {columns}, sum(records)::BIGINT AS records FROM {lexicon.name}_values GROUP BY ALL)""")
    readers = {"first_names": read_first_names, "surnames": read_surnames, "initials": read_initials}
    for name, read_frequencies in readers.items():
        table = read_arrow(base / f"{name}.arrow") if base else read_frequencies(db)
        write_arrow(table, folder / f"{name}.arrow")
    return {lexicon.name: _write_lexicon(db, lexicon, chunks, folder) for lexicon in LEXICONS}


def _lexicon_values(chunks: Sequence[Chunk], lexicon: Lexicon) -> pa.Table:
    """Return the values of all chunks, each with its `code` in its chunk and the number of the `chunk`."""
    tables = []
    for number, chunk in enumerate(chunks):
        table = chunk.read_lexicon(lexicon.name)
        table = table.append_column("code", pa.array(np.arange(len(table), dtype=np.uint32)))
        tables.append(table.append_column("chunk", pa.array(np.full(len(table), number, np.uint32))))
    return pa.concat_tables(tables)


def _write_lexicon(db: DuckDBConnection, lexicon: Lexicon, chunks: Sequence[Chunk], folder: Path) -> CodeRemap:
    """Write a lexicon in order of its values, code 0 first, and drop its tables in the database."""
    name = lexicon.name
    same_value = " AND ".join(f"v.{column} IS NOT DISTINCT FROM l.{column}" for column in lexicon.columns)
    remap = db.sql(
        f"SELECT v.chunk, v.code, l.final FROM {name}_values v JOIN {name}_lexicon l ON {same_value}"
    ).to_arrow_table()
    chunk_numbers, codes, final_codes = (remap.column(column).to_numpy() for column in ("chunk", "code", "final"))
    starts = np.cumsum([0, *(len(chunk.read_lexicon(name)) for chunk in chunks)])
    new_codes = np.empty(starts[-1], np.uint32)
    new_codes[starts[chunk_numbers] + codes] = final_codes
    columns = ", ".join((*lexicon.columns, "rank"))
    table = db.sql(f"SELECT {columns} FROM {name}_lexicon ORDER BY final").to_arrow_table().combine_chunks()
    db.unregister(f"{name}_values")
    db.execute(f"DROP TABLE temp.{name}_lexicon")
    for part in lexicon.key_parts:
        text = text_buffer(table.column(KEY_PARTS[part].column).chunk(0))
        table = table.append_column(f"h_{part}", pa.array(hash_key_parts(text, part)))
    if name in TF_TABLE_OF_LEXICON:
        frequencies = read_arrow(folder / f"{TF_TABLE_OF_LEXICON[name]}.arrow")
        terms = table.column(0) if name != "middle" else pc.utf8_slice_codeunits(table.column(0), 0, 1)
        frequency = frequencies.column("frequency").take(pc.index_in(terms, frequencies.column("name")))
        table = table.append_column(
            "frequency", frequency.fill_null(pa.scalar(DEFAULT_LOG2_FREQUENCY[name], pa.float32()))
        )
    write_arrow(table, folder / f"{name}.arrow")
    return CodeRemap([new_codes[start:stop] for start, stop in pairwise(starts)], table.column("rank").to_numpy())


def column_widths(remaps: dict[str, CodeRemap], id_width: int) -> dict[str, int]:
    """Return the bytes per value of each column."""
    widths = {name: remaps[name].dtype.itemsize for name in DICTIONARY_COLUMNS}
    widths |= {name: dtype.itemsize for name, dtype in PRIMITIVE_COLUMNS.items()}
    widths |= {name: dtype.itemsize for name, dtype in COUNT_COLUMNS.items()}
    return widths | {"record_id": id_width}


def write_columns(
    chunks: Sequence[Chunk],
    remaps: dict[str, CodeRemap],
    folder: Path,
    id_width: int,
    progress: ProgressCallback,
) -> None:
    """Write every column, and `marks.bin`, the record_ids' hashes by which a record is found again."""
    sizes = np.array(
        [[chunk.offsets[p + 1] - chunk.offsets[p] for chunk in chunks] for p in range(PARTITION_COUNT)]
    ).sum(axis=1)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    widths = column_widths(remaps, id_width) | {"marks": 8}
    files = {name: os.open(folder / f"{name}.bin", os.O_RDWR | os.O_CREAT, 0o644) for name in widths}
    years = sorted({year for chunk in chunks for year in chunk.years})
    zip_populations = np.zeros((int(remaps["place"].rank.max()) + 1, len(years)), dtype=np.uint32)

    def write_partition(partition: int) -> None:
        rows = _read_partition(chunks, partition, remaps)
        if not len(rows):
            return
        for name, values in _sort_partition(rows, remaps, years, zip_populations).items():
            _pwrite_all(files[name], np.ascontiguousarray(values).data.cast("B"), int(starts[partition]) * widths[name])

    try:
        workers = count_workers(int(sizes.max()) * _BYTES_PER_ROW)
        for done, _ in enumerate(iter_parallel(write_partition, range(PARTITION_COUNT), threads=workers), 1):
            progress("ordering records", done / PARTITION_COUNT)
        for descriptor in files.values():
            os.fsync(descriptor)
    finally:
        for descriptor in files.values():
            os.close(descriptor)
    np.save(folder / "neighbors.npy", zip_populations)
    np.save(folder / "years.npy", np.array(years, dtype=np.uint16))


def _pwrite_all(descriptor: int, data: memoryview, offset: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written


def _read_partition(chunks: Sequence[Chunk], partition: int, remaps: dict[str, CodeRemap]) -> npt.NDArray[np.void]:
    """Read the rows of one partition from every chunk, with their final codes."""
    slices = []
    for number, chunk in enumerate(chunks):
        start, stop = chunk.offsets[partition], chunk.offsets[partition + 1]
        if stop > start:
            rows = np.array(np.load(chunk.file, mmap_mode="r")[start:stop])
            for name in DICTIONARY_COLUMNS:
                rows[name] = remaps[name].new_codes[number][rows[name]]
            slices.append(rows)
    return np.concatenate(slices) if slices else np.empty(0, np.void)


def _sort_partition(
    rows: npt.NDArray[np.void],
    remaps: dict[str, CodeRemap],
    years: list[int],
    zip_populations: npt.NDArray[np.uint32],
) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of one partition in order; add its records by ZIP code and year to `zip_populations`."""
    codes = {name: rows[name] for name in DICTIONARY_COLUMNS}
    zips, streets = remaps["place"].rank[codes["place"]], remaps["street"].rank[codes["street"]]
    numbers, surnames = remaps["number"].rank[codes["number"]], remaps["surname"].rank[codes["surname"]]
    year = np.searchsorted(np.array(years), rows["tax_year"])
    order = np.lexsort((rows["mark"], *_pack_sort_keys(numbers, streets, year, zips)))
    codes = {name: values[order] for name, values in codes.items()}
    zips, year, streets, numbers, surnames = (v[order] for v in (zips, year, streets, numbers, surnames))
    has_zip, has_street = zips > 1, streets > 1  # rank 1 is the null value's
    zip_runs = _run_ids(zips, year)
    np.add.at(zip_populations, (zips[has_zip], year[has_zip]), 1)
    street_runs = _run_ids(streets, start=zip_runs)
    street_residents = _run_lengths(street_runs) * (has_zip & has_street)
    address_runs = _run_ids(numbers, start=street_runs)
    is_full_address = has_zip & has_street & (numbers > 1)
    residents = _run_lengths(address_runs) * is_full_address
    household = _household_sizes(address_runs, surnames) * (is_full_address & (surnames > 1))
    return {
        **{name: values.astype(remaps[name].dtype) for name, values in codes.items()},
        "tin": rows["tin"][order],
        "tax_year": rows["tax_year"][order],
        "suffix": rows["suffix"][order],
        "residents": _clip_counts(residents, "residents"),
        "street_residents": _clip_counts(street_residents, "street_residents"),
        "household": _clip_counts(household, "household"),
        "record_id": rows["record_id"][order],
        "marks": rows["mark"][order],
    }


def _pack_sort_keys(*keys: npt.NDArray[Any]) -> list[npt.NDArray[np.uint64]]:
    """Pack sort keys, least significant first, into as few 64-bit numbers as hold them; sorting dominates the cost."""
    packed: list[npt.NDArray[np.uint64]] = []
    used_bits = 65
    for key in keys:
        bits = int(key.max(initial=0)).bit_length()
        if used_bits + bits > 64:
            packed.append(key.astype(np.uint64))
            used_bits = bits
        else:
            packed[-1] |= key.astype(np.uint64) << np.uint64(used_bits)
            used_bits += bits
    return packed


def _clip_counts(counts: npt.NDArray[np.int64], name: str) -> npt.NDArray[Any]:
    dtype = COUNT_COLUMNS[name]
    return np.minimum(counts, np.iinfo(dtype).max).astype(dtype)


def _run_ids(*columns: npt.NDArray[Any], start: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.int64]:
    """Number the runs of adjacent rows with equal values, within the runs of `start`."""
    changes = np.zeros(len(columns[0]), dtype=bool)
    for column in (*columns, *([start] if start is not None else [])):
        changes[1:] |= column[1:] != column[:-1]
    return np.cumsum(changes)


def _run_lengths(runs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return for each row the number of rows in its run."""
    return np.bincount(runs)[runs]


def _household_sizes(addresses: npt.NDArray[np.int64], surnames: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return for each row the number of rows at its address with its surname."""
    households = (addresses.astype(np.uint64) << np.uint64(32)) | surnames
    order = np.argsort(households)
    sizes = np.empty(len(households), dtype=np.int64)
    sizes[order] = _run_lengths(_run_ids(households[order]))
    return sizes
