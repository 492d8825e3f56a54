"""First pass of a build: records in normal form, coded, a chunk at a time, each in a process of its own.

Every chunk ends as one file of rows of numbers, sorted by partition (the beginning of the ZIP code), a file per lexicon
of the values that its codes stand for, and a note of what it holds. A chunk whose note stands is never made again, so a
killed build goes on where it was.

Guarantees: memory is bounded by the chunk, whatever the number of records.
Does not: know the final codes or the final order (`columns.py` does).
Start at `code_chunk`.
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
from comity.match.index.format import DICTIONARY_COLUMNS
from comity.match.index.lexicons import LEXICONS, hash_texts, lexicon_table, parse_years, read_arrow, write_arrow
from comity.match.index.tins import hash_tins, parse_tins
from comity.match.normalize.encode import encode_table

PARTITION_COUNT = 101
"""By the first two digits of the ZIP code; the last for what has none."""


def chunk_dtype(id_width: int) -> np.dtype[np.void]:
    """A chunk's row: codes as they were given out, and what is not coded."""
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
    """What a chunk's note says: `offsets[p]` is where partition p begins among its rows.

    `content` is the sum of the hashes of its rows' record_ids and taxpayer numbers.
    """

    file: Path
    rows: int
    offsets: tuple[int, ...]
    years: tuple[int, ...]
    content_hash: int

    def read_lexicon(self, name: str) -> pa.Table:
        """The values that the chunk's codes stand for, with the number of its `records` that have each."""
        return read_arrow(_lexicon_path(self.file, name))


def _lexicon_path(file: Path, name: str) -> Path:
    return file.with_suffix(f".{name}.arrow")


def encode_chunk(source: str, folder: Path, number: int, id_width: int, tin_key: bytes) -> Chunk:
    """Make chunk `number` from the records of `source` (SQL), unless it stands already."""
    file = folder / f"chunk-{number:05d}.npy"
    note = file.with_suffix(".json")
    if not note.exists():
        _write_chunk(source, file, id_width, tin_key)
    says = json.loads(note.read_text(encoding="utf-8"))
    return Chunk(file, says["rows"], tuple(says["offsets"]), tuple(says["years"]), int(says["content"]))


def _write_chunk(source: str, file: Path, id_width: int, tin_key: bytes) -> None:
    with connect(threads=1) as db:
        table = db.sql(f"SELECT * EXCLUDE (return_id, role) FROM ({source})").to_arrow_table().combine_chunks()
    coded = encode_table(table)
    rows = np.empty(table.num_rows, dtype=chunk_dtype(id_width))
    for lexicon in LEXICONS:
        codes = coded.codes[lexicon.name]
        rows[lexicon.name] = codes
        values = lexicon_table(lexicon, coded.values[lexicon.name])
        counts = np.bincount(codes, minlength=len(values))
        write_arrow(values.append_column("records", pa.array(counts)), _lexicon_path(file, lexicon.name))
    rows["suffix"] = coded.suffix
    rows["tax_year"] = parse_years(table.column("tax_year").chunk(0))
    rows["mark"] = hash_texts(table.column("record_id").chunk(0))
    rows["record_id"] = _fixed_width_bytes(table.column("record_id").chunk(0), id_width)
    tins = parse_tins(table.column("tin").chunk(0))
    rows["tin"] = hash_tins(tin_key, tins)
    content = (rows["mark"] ^ (tins * GOLDEN_RATIO_64)) * GOLDEN_RATIO_64
    parts = np.array([_partition_of(zip_code) for zip_code, *_ in coded.values["place"]], np.uint8)[
        coded.codes["place"]
    ]
    del table, coded
    order = np.argsort(parts, kind="stable")
    np.save(file, rows[order])
    note: dict[str, Any] = {
        "rows": len(rows),
        "offsets": np.searchsorted(parts[order], np.arange(PARTITION_COUNT + 1)).tolist(),
        "years": np.unique(rows["tax_year"]).tolist(),
        "content": str(int(content.sum(dtype=np.uint64))),  # modulo 2^64: the order does not matter
    }
    new = file.with_suffix(".new")
    new.write_text(json.dumps(note), encoding="utf-8")
    new.replace(file.with_suffix(".json"))


def _partition_of(zip_code: str | None) -> int:
    return int(zip_code[:2]) if zip_code and zip_code[:2].isdecimal() and len(zip_code) > 1 else PARTITION_COUNT - 1


def _fixed_width_bytes(texts: pa.StringArray, width: int) -> npt.NDArray[np.bytes_]:
    """Texts as bytes of one width."""
    return np.array(texts.cast(pa.binary()).to_pylist(), dtype=f"S{width}")


def group_sources(sizes: Sequence[tuple[str, int]], rows: int) -> list[list[str]]:
    """Group sources (SQL, rows) into chunks of about `rows` rows, in order."""
    groups: list[list[str]] = []
    held = rows
    for source, size in sizes:
        if held + size > rows and held:
            groups.append([])
            held = 0
        groups[-1].append(source)
        held += size
    return groups
