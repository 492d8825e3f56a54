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
from comity.match.duckdb.block import BROAD_RECORDS, HOT, RULES, all_keys, hot_keys, kept_keys
from comity.match.duckdb.connection import DuckDB, connect
from comity.match.duckdb.levels import FEWEST_NEIGHBORS, NAME_FREQUENCIES, TYPICAL_INITIAL
from comity.match.duckdb.normalize import PEOPLE, normalize
from comity.match.duckdb.read import all_synthetic, record_files, records_query
from comity.match.duckdb.tin import create_key, pads, tin_hash
from comity.model.progress import Progress, silent
from comity.reference.names import first_names, last_names

FORMAT = 3
CENSUS_WEIGHT = 1_000_000
"""How many people the census of names counts for beside the records' own."""
RAREST = -18.0
"""Log2 of the share of the rarest name: a name is worth 18 bits at most, for a name in no list is not always an error."""
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


def name_frequencies(people: str, column: str, census: str) -> str:
    """How frequent each name is, as log2 of its share: the records' own count, leaning on the census of names.

    The census stands for `CENSUS_WEIGHT` people, so that a small index does not take every name it holds for a common
    one. No name is taken to be rarer than `RAREST`, and those that would be are left out.
    """
    return f"""
        SELECT name, frequency FROM (
            SELECT name, log2((coalesce(here, 0) + {CENSUS_WEIGHT} * coalesce(share, 0))
                / ((SELECT count({column}) FROM {people}) + {CENSUS_WEIGHT}))::FLOAT AS frequency
            FROM (SELECT {column} AS name, count(*) AS here FROM {people} WHERE {column} IS NOT NULL GROUP BY ALL)
            FULL JOIN (SELECT name, count / (SELECT sum(count) FROM {census}) AS share FROM {census}) USING (name)
        ) WHERE frequency > {RAREST} ORDER BY name"""


def initial_frequencies(people: str) -> str:
    """How frequent each initial of a middle name is among the records, as log2 of its share."""
    return f"""
        SELECT initial, log2((count(here) + 10) / (SELECT count(middle) + 260 FROM {people}))::FLOAT AS frequency
        FROM (SELECT chr(65 + i::INTEGER) AS initial FROM range(26) t (i))
        LEFT JOIN (SELECT left(middle, 1) AS here FROM {people}) ON here = initial GROUP BY initial ORDER BY initial"""


def with_frequencies(people: str, first_names: str, surnames: str, initials: str) -> str:
    """The people with how frequent their names are; a name that nobody is known to bear is as rare as the rarest."""
    return f"""
        SELECT p.*, coalesce(f.frequency, {RAREST})::FLOAT AS first_frequency,
            coalesce(s.frequency, {RAREST})::FLOAT AS surname_frequency,
            coalesce(m.frequency, -{TYPICAL_INITIAL})::FLOAT AS middle_frequency
        FROM {people} p LEFT JOIN {first_names} f ON f.name = p.first LEFT JOIN {surnames} s ON s.name = p.surname
        LEFT JOIN {initials} m ON m.initial = left(p.middle, 1)"""


def crowd(people: str, column: str, *shared: str) -> str:
    """How many records of its year share these columns with a record, as log2."""
    present = " AND ".join(f"{c} IS NOT NULL" for c in shared if c != "unit")
    return f"SELECT tax_year, {', '.join(shared)}, log2(count(*))::FLOAT AS {column} FROM {people} WHERE {present} GROUP BY ALL"


def ordered_records(people: str) -> str:
    """The normal form in the order of addresses, so that one household lies together, with its frequencies and crowds.

    A person who stands on several records is known by one taxpayer number with one name; else a record is a person.
    """
    return f"""
        SELECT record_id, tax_year, {", ".join(PEOPLE)}, tin,
            CASE WHEN tin IS NOT NULL THEN hash(tin, first, surname, suffix) ELSE hash(record_id) END AS person_key,
            {", ".join(NAME_FREQUENCIES)}, greatest(neighbors, {FEWEST_NEIGHBORS})::FLOAT AS neighbors,
            coalesce(street_residents, 0) AS street_residents, coalesce(residents, 0) AS residents,
            coalesce(household, 0) AS household
        FROM {people} LEFT JOIN ({crowd(people, "neighbors", "zip")}) USING (tax_year, zip)
        LEFT JOIN ({crowd(people, "street_residents", "zip", "street")}) USING (tax_year, zip, street)
        LEFT JOIN ({crowd(people, "residents", "zip", "street", "number")}) USING (tax_year, zip, street, number)
        LEFT JOIN ({crowd(people, "household", "zip", "street", "number", "surname")})
            USING (tax_year, zip, street, number, surname)
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
    parameters = [
        FORMAT,
        HOT,
        [[r.name, r.address, r.person, r.when_hot, r.family] for r in RULES],
        CENSUS_WEIGHT,
        RAREST,
    ]
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
    for table, column, census in (("first_names", "first", first_names()), ("surnames", "surname", last_names())):
        db.register("census", census)
        db.execute(f"CREATE TABLE {table} AS {name_frequencies('people', column, 'census')}")
        db.unregister("census")
    db.execute(f"CREATE TABLE initials AS {initial_frequencies('people')}")
    db.execute(f"CREATE TEMP TABLE known AS {with_frequencies('people', 'first_names', 'surnames', 'initials')}")
    db.execute("DROP TABLE temp.people")
    db.execute(f"CREATE TABLE records AS {ordered_records('known')}")
    db.execute("DROP TABLE temp.known")
    say("making blocking keys", 0.7)
    rows = db.execute("SELECT count(*) FROM records").fetchall()[0][0]
    db.execute(
        f"CREATE TEMP TABLE all_keys AS {all_keys('records', 'rowid::UINTEGER AS record_no', broad=rows <= BROAD_RECORDS)}"
    )
    db.execute(f"CREATE TEMP TABLE hot_keys AS {hot_keys('all_keys')}")
    db.execute(f"CREATE TABLE keys AS {kept_keys('all_keys', 'hot_keys')}")
    say("fingerprint", 0.9)
    keys, hot = db.execute("SELECT (SELECT count(*) FROM keys), (SELECT count(*) FROM hot_keys)").fetchall()[0]
    years = db.execute("SELECT DISTINCT tax_year FROM records ORDER BY 1").fetchall()
    return {
        "fingerprint": _fingerprint(db, marks), "hash_check": hash_check(db), "rows": rows, "keys": keys, "hot_keys": hot, "years": tuple(y for (y,) in years),
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
