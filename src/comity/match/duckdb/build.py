"""Build the index of the custodian's records: once, whole, or not at all.

`out` becomes a folder with `index.duckdb` (the tables `records` and `keys`), `index.json` (format, fingerprint, sizes)
and `tin.key` (the key of the taxpayer numbers' hashes). It is built in a folder beside it and renamed when done.

Guarantees: nothing is at `out` until the index is whole; every stored key contains two parts of an address; taxpayer
numbers are stored as keyed hashes only; the same records give the same fingerprint.
Start at `build_index`.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from comity.errors import ComityError
from comity.match.duckdb.block import HOT, RULES, all_keys, hot_keys, kept_keys
from comity.match.duckdb.connection import DuckDB, connect
from comity.match.duckdb.normalize import PEOPLE, normalize
from comity.match.duckdb.read import all_synthetic, record_files, records_query
from comity.match.duckdb.tin import create_key, pads, tin_hash
from comity.model.progress import Progress, silent

FORMAT = 2
DATABASE, DESCRIPTION = "index.duckdb", "index.json"


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index says of itself. `hash_check` tells whether this DuckDB hashes keys as the builder's did."""

    format: int
    fingerprint: str
    rows: int
    keys: int
    hot_keys: int
    years: tuple[int, ...]
    synthetic: bool
    hash_check: str


def hash_check(db: DuckDB) -> str:
    """A known value's hash: keys are DuckDB hashes, whose function may change from one version to another."""
    row = db.execute("SELECT hash('comity', 2023, 'MAIN')::VARCHAR").fetchone()
    assert row is not None
    return str(row[0])


def raw_records(source: str) -> str:
    """The records as read, with their year as a number and their taxpayer number hashed."""
    return f"""
        SELECT * EXCLUDE (return_id, role) REPLACE (try_cast(tax_year AS SMALLINT) AS tax_year, {tin_hash("tin")} AS tin),
            md5_number_lower(concat_ws(chr(31), record_id, tin)) AS mark
        FROM ({source})"""


def frequencies(people: str, column: str) -> str:
    """How frequent each name is among the records, as log2 of its share."""
    return f"""
        SELECT {column}, log2(count(*) / (SELECT count(*) FROM {people}))::FLOAT AS frequency
        FROM {people} WHERE {column} IS NOT NULL GROUP BY {column}"""


def neighbors(people: str) -> str:
    """How many records of its year each ZIP code has, as log2: among how many a stranger hides."""
    return f"SELECT tax_year, zip, log2(count(*))::FLOAT AS neighbors FROM {people} WHERE zip IS NOT NULL GROUP BY ALL"


def ordered_records(people: str) -> str:
    """The normal form in the order of addresses, so that one household lies together, with name frequencies.

    A person who stands on several records is known by one taxpayer number with one name; else a record is a person.
    """
    return f"""
        SELECT record_id, tax_year, {", ".join(PEOPLE)}, tin,
            CASE WHEN tin IS NOT NULL THEN hash(tin, first, surname, suffix) ELSE hash(record_id) END AS person_key,
            f.frequency AS first_frequency, s.frequency AS surname_frequency, z.neighbors
        FROM {people} LEFT JOIN ({frequencies(people, "first")}) f USING (first)
        LEFT JOIN ({frequencies(people, "surname")}) s USING (surname)
        LEFT JOIN ({neighbors(people)}) z USING (tax_year, zip)
        ORDER BY zip, street, number, record_id"""


def _check(db: DuckDB) -> int:
    """Refuse records without an identity or a year; return the sum of the rows' marks, for the fingerprint."""
    row = db.execute(
        "SELECT count(*), count(record_id), count(DISTINCT record_id), count(tax_year), sum(mark)::HUGEINT FROM raw_records"
    ).fetchone()
    assert row is not None
    rows, ids, distinct, years, marks = row
    faults = [
        *(["there are no rows"] if not rows else []),
        *([f"record_id is missing or repeated in {rows - distinct} rows"] if distinct < rows or ids < rows else []),
        *([f"tax_year is not a year in {rows - years} rows"] if years < rows else []),
    ]
    if faults:
        raise ComityError(
            "records_invalid", f"The records cannot be indexed: {'; '.join(faults)}.", "Mend the records."
        )
    return int(marks)


def _fingerprint(db: DuckDB, marks: int) -> str:
    """SHA-256 over the sum of the rows' own hashes (the order of files does not matter) and the parameters."""
    columns = ", ".join(f"coalesce({c}::VARCHAR, chr(30))" for c in ("record_id", "tax_year", *PEOPLE))
    row = db.execute(
        f"SELECT count(*), sum(md5_number_lower(concat_ws(chr(31), {columns})))::HUGEINT FROM records"
    ).fetchone()
    parameters = [FORMAT, HOT, [[r.name, r.address, r.person, r.when_hot, r.family] for r in RULES]]
    return hashlib.sha256(json.dumps([*map(str, row or ()), str(marks), parameters]).encode()).hexdigest()


def _build(db: DuckDB, source: str, key: bytes, say: Progress) -> dict[str, object]:
    say("reading records", 0.0)
    db.execute(f"CREATE TEMP TABLE raw_records AS {raw_records(source)}", pads(key))
    marks = _check(db)
    say("normalizing names and addresses", 0.2)
    normalize(db, "raw_records")
    db.execute("DROP TABLE temp.raw_records")
    say("ordering records", 0.55)
    db.execute("SET preserve_insertion_order = true")  # what is sorted below is stored in its order
    db.execute(f"CREATE TABLE records AS {ordered_records('people')}")
    db.execute("DROP TABLE temp.people")
    say("making blocking keys", 0.7)
    db.execute(f"CREATE TEMP TABLE all_keys AS {all_keys('records', 'rowid::UINTEGER AS record_no')}")
    db.execute(f"CREATE TEMP TABLE hot_keys AS {hot_keys('all_keys')}")
    db.execute(f"CREATE TABLE keys AS {kept_keys('all_keys', 'hot_keys')}")
    say("fingerprint", 0.9)
    counts = db.execute(
        "SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM keys), (SELECT count(*) FROM hot_keys)"
    ).fetchone()
    assert counts is not None
    years = db.execute("SELECT DISTINCT tax_year FROM records ORDER BY 1").fetchall()
    return {
        "fingerprint": _fingerprint(db, marks), "hash_check": hash_check(db), "rows": counts[0], "keys": counts[1], "hot_keys": counts[2], "years": tuple(y for (y,) in years),
    }  # fmt: skip


def build_index(  # noqa: PLR0913  each is a choice of the caller
    records: Sequence[Path],
    out: Path,
    *,
    progress: Progress | None = None,
    threads: int | None = None,
    memory_limit: str = "8GB",
    replace: bool = False,
) -> IndexInfo:
    """Index the records at `out`; `progress` is told the stage and the share done.

    Raises:
        ComityError: `records_invalid`; `output_exists`, there is something at `out` (an index is replaced only with
            `replace=True`, anything else never).
    """
    say = progress or silent
    if out.exists() and not (replace and (out / DESCRIPTION).is_file()):
        raise ComityError(
            "output_exists",
            "There is already something where the index should go.",
            "Choose another folder, or replace the index there with --replace.",
        )
    files = record_files(records)
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        db = connect(folder / DATABASE, threads=threads, memory_limit=memory_limit, spill=folder / "spill")
        try:
            sizes = _build(db, records_query(db, files), create_key(folder), say)
        finally:
            db.close()
        info = IndexInfo(format=FORMAT, synthetic=all_synthetic(files), **sizes)  # type: ignore[arg-type]
        (folder / DESCRIPTION).write_text(json.dumps(asdict(info), indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(folder / "spill", ignore_errors=True)
        if out.exists():
            retired = folder.with_name(folder.name + ".old")
            out.rename(retired)
            folder.rename(out)
            shutil.rmtree(retired)
        else:
            folder.rename(out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    say("done", 1.0)
    return info
