"""First pass of a build: encode the records chunk by chunk, each chunk in its own process.

A chunk ends as one file of encoded rows sorted by partition (the first two digits of the ZIP code), one lexicon file
per lexicon, and a JSON file that describes it. A chunk whose JSON file exists is never encoded again, so a killed build
resumes.

Guarantees: memory is bounded by the chunk, whatever the number of records.
Does not: know the final codes or the final order (`merge.py` does).
Start at `encode_chunk`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.duck import connect
from comity.columns.kernel import GOLDEN_RATIO_64
from comity.match.index.lexicons import hash_texts, lexicon_table, read_arrow, write_arrow
from comity.match.index.tins import hash_tins
from comity.normalize.encode import encode_table
from comity.normalize.numbers import parse_tins, parse_years
from comity.normalize.schema import DICTIONARY_COLUMNS, LEXICONS

PARTITION_COUNT = 101
"""One partition for each pair of leading ZIP digits; the last one for records without."""


def chunk_dtype(id_width: int) -> np.dtype[np.void]:
    """Return the type of a chunk's row: the chunk's own codes, and the columns that are not encoded."""
    codes = [(name, np.uint32) for name in DICTIONARY_COLUMNS]
    return np.dtype(
        [
            *codes,
            ("tin", np.uint32),
            ("tax_year", np.uint16),
            ("suffix", np.uint8),
            ("mark", np.uint64),
            ("record_id", f"S{id_width}"),
        ]
    )


@dataclass(frozen=True, slots=True)
class Chunk:
    """An encoded chunk, as its JSON file describes it.

    Attributes:
        file: the file of encoded rows.
        rows: how many rows it has.
        offsets: the row at which each partition begins, and the number of rows.
        years: the tax years of its rows.
        content_hash: the sum of the hashes of its rows' record_ids and taxpayer numbers, modulo 2^64.
    """

    file: Path
    rows: int
    offsets: tuple[int, ...]
    years: tuple[int, ...]
    content_hash: int

    def read_lexicon(self, name: str) -> pa.Table:
        """Read the values of the chunk's codes, with the number of its `records` that have each value."""
        return read_arrow(lexicon_path(self.file, name))


def lexicon_path(file: Path, name: str) -> Path:
    """Return the path of a chunk's lexicon beside its file of rows."""
    return file.with_suffix(f".{name}.arrow")


def encode_chunk(source: str, folder: Path, number: int, id_width: int, tin_key: bytes) -> Chunk:
    """Encode the records of `source` (SQL) as chunk `number` in `folder`, unless that chunk is already complete."""
    file = folder / f"chunk-{number:05d}.npy"
    description = file.with_suffix(".json")
    if not description.exists():
        _write_chunk(source, file, id_width, tin_key)
    data = json.loads(description.read_text(encoding="utf-8"))
    return Chunk(file, data["rows"], tuple(data["offsets"]), tuple(data["years"]), int(data["content"]))


def _write_chunk(source: str, file: Path, id_width: int, tin_key: bytes) -> None:
    with connect(threads=1) as db:
        table = db.sql(f"SELECT * EXCLUDE (return_id, role) FROM ({source})").to_arrow_table().combine_chunks()
    encoded = encode_table(table)
    rows = np.empty(table.num_rows, dtype=chunk_dtype(id_width))
    for lexicon in LEXICONS:
        codes = encoded.codes[lexicon.name]
        rows[lexicon.name] = codes
        values = lexicon_table(lexicon, encoded.values[lexicon.name])
        counts = np.bincount(codes, minlength=len(values))
        write_arrow(values.append_column("records", pa.array(counts)), lexicon_path(file, lexicon.name))
    rows["suffix"] = encoded.suffix
    rows["tax_year"] = parse_years(table.column("tax_year").chunk(0))
    rows["mark"] = hash_texts(table.column("record_id").chunk(0))
    rows["record_id"] = _fixed_width_bytes(table.column("record_id").chunk(0), id_width)
    tins = parse_tins(table.column("tin").chunk(0))
    rows["tin"] = hash_tins(tin_key, tins)
    row_hashes = (rows["mark"] ^ (tins * GOLDEN_RATIO_64)) * GOLDEN_RATIO_64
    partitions = np.array([partition_of(zip_code) for zip_code, *_ in encoded.values["place"]], np.uint8)[
        encoded.codes["place"]
    ]
    del table, encoded
    order = np.argsort(partitions, kind="stable")
    np.save(file, rows[order])
    description: dict[str, Any] = {
        "rows": len(rows),
        "offsets": np.searchsorted(partitions[order], np.arange(PARTITION_COUNT + 1)).tolist(),
        "years": np.unique(rows["tax_year"]).tolist(),
        "content": str(int(row_hashes.sum(dtype=np.uint64))),  # a sum, so that the order of the rows does not matter
    }
    new_path = file.with_suffix(".new")
    new_path.write_text(json.dumps(description), encoding="utf-8")
    new_path.replace(file.with_suffix(".json"))


def partition_of(zip_code: str | None) -> int:
    """Return the partition of records with this ZIP code."""
    return int(zip_code[:2]) if zip_code and zip_code[:2].isdecimal() and len(zip_code) > 1 else PARTITION_COUNT - 1


def _fixed_width_bytes(texts: pa.StringArray, width: int) -> npt.NDArray[np.bytes_]:
    """Return texts as byte strings of one width."""
    return np.array(texts.cast(pa.binary()).to_pylist(), dtype=f"S{width}")


def group_sources(sizes: Sequence[tuple[str, int]], rows: int) -> list[list[str]]:
    """Group sources (SQL, number of rows) into chunks of about `rows` rows, in order."""
    groups: list[list[str]] = []
    group_rows = rows
    for source, size in sizes:
        if group_rows + size > rows and group_rows:
            groups.append([])
            group_rows = 0
        groups[-1].append(source)
        group_rows += size
    return groups
