"""First pass of a build: records in normal form, coded, a chunk at a time.

Every chunk ends as one file of rows of numbers, sorted by partition (the beginning of the ZIP code), beside a note of
what it holds. A chunk whose note stands is never made again, so a killed build goes on where it was.

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

from comity.match.duckdb.connection import DuckDB
from comity.match.duckdb.normalize import PARTS, drop_parts, make_parts, people
from comity.match.duckdb.text import IS_FOREIGN
from comity.match.index.layout import CODED, SUFFIXES
from comity.match.index.lexicons import LEXICONS, Lexicon
from comity.match.index.tins import tin_hashes, tin_number

PARTITIONS = 101
"""By the first two digits of the ZIP code; the last for what has none."""


def chunk_type(id_width: int) -> np.dtype[np.void]:
    """A chunk's row: codes as they were given out, and what is not coded."""
    codes = [(name, np.uint32) for name in CODED]
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


def raw_records(source: str) -> str:
    """The records as read, with their year and taxpayer number as numbers."""
    return f"""
        SELECT * EXCLUDE (return_id, role) REPLACE (try_cast(tax_year AS USMALLINT) AS tax_year, {tin_number("tin")} AS tin), {IS_FOREIGN} AS is_foreign
        FROM ({source})"""


def create_lexicons(db: DuckDB) -> None:
    """Make the empty tables of the lexicons, in which codes are given out in order of appearance."""
    for lexicon in LEXICONS:
        db.execute(f"CREATE TABLE IF NOT EXISTS {lexicon.name}_lexicon (code UINTEGER, text VARCHAR)")


def told(people: str, id_width: int) -> str:
    """Each record with one text per lexicon, what is not coded, and the partition it belongs to."""
    texts = ", ".join(f"{x.text} AS {x.name}" for x in LEXICONS)
    whens = " ".join(f"WHEN '{s}' THEN {i}" for i, s in enumerate(SUFFIXES) if s)
    prefix = "try_cast(left(zip, 2) AS UTINYINT)"
    return f"""
        SELECT {texts}, coalesce(tin, 0)::UINTEGER AS tin, tax_year, (CASE suffix {whens} ELSE 0 END)::UTINYINT AS suffix,
            hash(record_id) AS mark, rpad(record_id, {id_width}, chr(0)) AS record_id,
            least(coalesce({prefix}, {PARTITIONS - 1}), {PARTITIONS - 1})::UTINYINT AS part, hash(record_id, tin) AS content
        FROM ({people})"""


def _codes(db: DuckDB, lexicon: Lexicon, column: pa.ChunkedArray) -> npt.NDArray[np.uint32]:
    """The code of each value of a chunk's column; values that the lexicon does not hold yet are added to it."""
    encoded = column.combine_chunks().dictionary_encode()
    table = f"{lexicon.name}_lexicon"
    db.register("words", pa.table({"word": np.arange(len(encoded.dictionary)), "text": encoded.dictionary}))
    db.execute(f"""
        INSERT INTO {table} SELECT (SELECT coalesce(max(code), 0) FROM {table}) + row_number() OVER (), text
        FROM words ANTI JOIN {table} USING (text)""")
    codes = db.sql(f"SELECT code FROM words JOIN {table} USING (text) ORDER BY word").to_arrow_table().column("code")
    db.unregister("words")
    every = np.concatenate([codes.to_numpy(), np.zeros(1, np.uint32)])
    made: npt.NDArray[np.uint32] = every[encoded.indices.fill_null(len(codes)).to_numpy()]
    return made


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a chunk's note says: `offsets[p]` is where partition p begins among its rows.

    `content` is the sum of the hashes of its rows' record_ids and taxpayer numbers.
    """

    file: Path
    rows: int
    offsets: tuple[int, ...]
    years: tuple[int, ...]
    content: int

    def counts(self) -> dict[str, npt.NDArray[np.int64]]:
        """How many records have each code, by lexicon."""
        with np.load(self.file.with_suffix(".npz")) as stored:
            return {name: stored[name] for name in CODED}


def code_chunk(  # noqa: PLR0913  what a build needs
    db: DuckDB, source: str, folder: Path, number: int, *, id_width: int, tin_key: bytes
) -> Chunk:
    """Make chunk `number` from the records of `source` (SQL), unless it stands already."""
    file = folder / f"chunk-{number:05d}.npy"
    note = file.with_suffix(".json")
    if not note.exists():
        _make(db, source, file, id_width, tin_key)
    says = json.loads(note.read_text(encoding="utf-8"))
    return Chunk(file, says["rows"], tuple(says["offsets"]), tuple(says["years"]), int(says["content"]))


def _make(db: DuckDB, source: str, file: Path, id_width: int, tin_key: bytes) -> None:
    db.execute(f"CREATE OR REPLACE TEMP TABLE raw_records AS {raw_records(source)}")
    make_parts(db, "raw_records")
    db.execute("DROP TABLE temp.raw_records")
    table = db.sql(told(people(*PARTS), id_width)).to_arrow_table()
    drop_parts(db)
    rows = np.empty(table.num_rows, dtype=chunk_type(id_width))
    for lexicon in LEXICONS:
        rows[lexicon.name] = _codes(db, lexicon, table.column(lexicon.name))
    for name in ("tax_year", "suffix", "mark"):
        rows[name] = table.column(name).to_numpy()
    rows["tin"] = tin_hashes(tin_key, table.column("tin").to_numpy())
    done = 0
    for piece in table.column("record_id").chunks:
        rows["record_id"][done : done + len(piece)] = _fixed(piece, id_width)
        done += len(piece)
    parts = table.column("part").to_numpy()
    content = int(table.column("content").to_numpy().sum(dtype=np.uint64))  # modulo 2^64: the order does not matter
    del table
    order = np.argsort(parts, kind="stable")
    np.save(file, rows[order])
    np.savez(file.with_suffix(".npz"), **{name: np.bincount(rows[name]) for name in CODED})  # type: ignore[arg-type]
    note: dict[str, Any] = {
        "rows": len(rows),
        "offsets": np.searchsorted(parts[order], np.arange(PARTITIONS + 1)).tolist(),
        "years": np.unique(rows["tax_year"]).tolist(),
        "content": str(content),
    }
    new = file.with_suffix(".new")
    new.write_text(json.dumps(note), encoding="utf-8")
    new.replace(file.with_suffix(".json"))


def _fixed(texts: pa.StringArray, width: int) -> npt.NDArray[np.bytes_]:
    """Texts as bytes of one width; those that were padded to it already, as ASCII is, are not touched."""
    as_bytes = texts.cast(pa.large_binary())
    _, offsets, data = as_bytes.buffers()
    ends = np.frombuffer(offsets, np.int64)[as_bytes.offset : as_bytes.offset + len(as_bytes) + 1]
    if data is not None and np.all(np.diff(ends) == width):
        return np.frombuffer(data, f"S{width}", count=len(as_bytes), offset=int(ends[0]))
    return np.array([value.rstrip(b"\0") for value in as_bytes.to_pylist()], dtype=f"S{width}")


def chunk_sources(sizes: Sequence[tuple[str, int]], rows: int) -> list[list[str]]:
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
