"""Measure the quality of records before they are indexed: what is missing, what contradicts itself, what it will cost.

Guarantees: figures and names of columns only, no value of a record; memory grows with eight bytes a record.
Does not: correct anything, or say who is wrong.
Start at `measure_quality`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.duck import DuckDBConnection, connect
from comity.columns.kernel import GOLDEN_RATIO_64
from comity.match.index.blocking_rules import MAX_BLOCK_SIZE
from comity.match.index.lexicons import hash_texts
from comity.match.records_source import RECORD_COLUMNS, USABLE_ID, USABLE_YEAR, is_all_synthetic, records_query
from comity.normalize.ascii_text import to_upper_ascii
from comity.normalize.encode import EncodedTable, encode_table
from comity.normalize.numbers import PLACEHOLDER_TINS
from comity.normalize.place_parser import parse_city, parse_state, parse_zip
from comity.normalize.schema import GENERATIONAL_SUFFIXES
from comity.reference.placeholders import (
    EMPTY_TOKEN_PATTERN,
    FILLER_PATTERN,
    NO_GIVEN_NAME_PATTERN,
    NO_SURNAME_PATTERN,
    NOT_PROVIDED_PATTERN,
    UNKNOWN_PATTERN,
)
from comity.reference.zip_codes import find_zip_states, load_zip_table

_BATCH_ROWS = 500_000
_FIRST_YEAR = 1913
"""The first year of the federal income tax."""
_MOST_SHARERS = 3
"""More persons than these with one taxpayer number are no family that filed together."""
_ADDRESS_PATTERNS = {
    "the street says that the address is unknown": UNKNOWN_PATTERN,
    "the street says that no address was given": NOT_PROVIDED_PATTERN,
    "the street is a placeholder": f"{EMPTY_TOKEN_PATTERN}|{FILLER_PATTERN}",
}
_NAME_PATTERNS = {"first_name": NO_GIVEN_NAME_PATTERN, "last_name": NO_SURNAME_PATTERN}


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What records are like; every figure counts records unless it says otherwise.

    Attributes:
        records: how many there are.
        is_synthetic: whether every file declares its data synthetic.
        faults: those that cannot be indexed, by cause.
        years: records of each tax year; years that cannot be are in `impossible_years`.
        impossible_years: records of a year before the income tax or after this one.
        filled: records with a value, by column; a suffix that stands at the end of a name counts as one of `suffix`.
        placeholders: values that stand for nothing, by column.
        places: ZIP codes that are none, or lie in another state or city.
        addresses: addresses that do not parse, by kind.
        duplicates: records of a person, address and year that another record is of, too, and others of the kind.
        hot_addresses: how many addresses more records have than are compared, and how many records have them.
        unanswerable: records about which no request can be confirmed, by the first cause that applies.
        compared: what differs from the earlier files; empty without them.
    """

    records: int
    is_synthetic: bool
    faults: Mapping[str, int]
    years: Mapping[str, int]
    impossible_years: int
    filled: Mapping[str, int]
    placeholders: Mapping[str, int]
    places: Mapping[str, int]
    addresses: Mapping[str, int]
    duplicates: Mapping[str, int]
    hot_addresses: Mapping[str, int]
    unanswerable: Mapping[str, int]
    compared: Mapping[str, int]

    @property
    def unanswerable_records(self) -> int:
        """Return the number of records about which no request can be confirmed."""
        return sum(self.unanswerable.values())


def measure_quality(files: Sequence[Path], last_year: int, previous: Sequence[Path] = ()) -> QualityReport:
    """Measure files of records, and what differs from `previous` ones; years after `last_year` cannot be.

    Raises:
        ComityError: `records_invalid`, a file cannot be read, or its columns are not those of the format.
    """
    with connect() as db:
        db.execute(f"CREATE TEMP VIEW r AS {records_query(db, files)}")
        if previous:
            db.execute(f"CREATE TEMP VIEW earlier AS {records_query(db, previous)}")
        years = _pairs(db, f"SELECT CASE WHEN {USABLE_YEAR} THEN trim(tax_year) END, count(*) FROM r GROUP BY 1")
        addresses = _measure_addresses(db)
        return QualityReport(
            records=_count(db, "true"),
            is_synthetic=is_all_synthetic(files),
            faults=_count_faults(db),
            years={str(year): n for year, n in years.items() if year and _FIRST_YEAR <= int(year) <= last_year},
            impossible_years=sum(n for year, n in years.items() if year and not _FIRST_YEAR <= int(year) <= last_year),
            filled={column: _count(db, _is_filled(column)) for column in RECORD_COLUMNS},
            placeholders=_count_placeholders(db),
            places=_check_places(db),
            addresses=addresses.kinds,
            duplicates=_count_duplicates(db),
            hot_addresses=addresses.hot,
            unanswerable=addresses.unanswerable,
            compared=_compare(db) if previous else {},
        )


def _count(db: DuckDBConnection, condition: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM r WHERE {condition}").fetchall()[0][0])


def _pairs(db: DuckDBConnection, query: str) -> dict[str | None, int]:
    return dict(sorted(db.execute(query).fetchall(), key=str))


def _count_faults(db: DuckDBConnection) -> dict[str, int]:
    counts = {
        "record_id is missing, longer than 200 bytes, or holds a NUL": _count(db, f"{USABLE_ID} IS NOT TRUE"),
        "tax_year is not a year": _count(db, f"{USABLE_YEAR} IS NOT TRUE"),
        "record_id is repeated": _count(db, "true")
        - int(
            db.execute("SELECT count(DISTINCT record_id) + count(*) FILTER (record_id IS NULL) FROM r").fetchall()[0][0]
        ),
    }
    return {cause: n for cause, n in counts.items() if n}


def _folded(column: str) -> str:
    """Return SQL for a column in upper case with single blanks, as the patterns of placeholders are written."""
    return f"trim(regexp_replace(upper({column}), '[^A-Z0-9#]+', ' ', 'g'))"


def _is_filled(column: str) -> str:
    """Return SQL for whether a record has a value in a column, or of `suffix` also at the end of a name.

    Exports with whole names have suffixes there, and none of them would be counted. V after a given name is an initial.
    """
    is_filled = f"coalesce(trim({column}), '') <> ''"
    if column != "suffix":
        return is_filled
    suffixes = "|".join(suffix for suffix in GENERATIONAL_SUFFIXES if suffix and suffix != "V")
    in_given = (f"regexp_matches({_folded(name)}, ' ({suffixes})$')" for name in ("first_name", "middle_name"))
    in_names = (*in_given, f"regexp_matches({_folded('last_name')}, ' ({suffixes}|V)$')")
    return f"({is_filled} OR {' OR '.join(f'coalesce({one}, false)' for one in in_names)})"


def _count_placeholders(db: DuckDBConnection) -> dict[str, int]:
    patterns = _NAME_PATTERNS | {"street": "|".join(_ADDRESS_PATTERNS.values()), "city": EMPTY_TOKEN_PATTERN}
    quoted = {column: pattern.replace("'", "''") for column, pattern in patterns.items()}
    counts = {
        column: _count(db, f"regexp_matches({_folded(column)}, '{pattern}')") for column, pattern in quoted.items()
    }
    numbers = ", ".join(f"'{number:09d}'" for number in (0, *PLACEHOLDER_TINS))
    counts["tin"] = _count(db, f"regexp_replace(tin, '[^0-9]', '', 'g') IN ({numbers})")
    return {column: n for column, n in counts.items() if n}


@cache
def _cities_of_zips() -> dict[str, frozenset[str | None]]:
    table = load_zip_table()
    names = zip(
        *(table[column].to_pylist() for column in ("zip", "city", "city_aliases")), strict=True
    )  # fmt: skip
    return {
        code: frozenset(parse_city(to_upper_ascii(name)) for name in (city, *(aliases or ())))
        for code, city, aliases in names
    }


def _check_places(db: DuckDBConnection) -> dict[str, int]:
    """Return how many records have a ZIP code that is none, or that is in another state or city, by what is wrong."""
    counts: Counter[str] = Counter()
    for zip_text, state_text, city_text, n in db.execute(
        "SELECT zip, state, city, count(*) FROM r GROUP BY ALL"
    ).fetchall():
        state, city = parse_state(to_upper_ascii(state_text)), parse_city(to_upper_ascii(city_text))
        code = parse_zip(to_upper_ascii(zip_text), state)
        if code is None:
            counts["no ZIP code"] += n
            continue
        states = find_zip_states(code)
        if not states:
            counts["a ZIP code that is none"] += n
        elif state and state not in states:
            counts["a ZIP code of another state"] += n
        elif city and code in _cities_of_zips() and city not in _cities_of_zips()[code]:
            counts["a ZIP code whose city has another name"] += n
    return dict(counts)


def _count_duplicates(db: DuckDBConnection) -> dict[str, int]:
    person = f"trim(tax_year), {_folded('first_name')}, {_folded('last_name')}, {_folded('street')}, left(zip, 5)"
    same = f"SELECT sum(n) FROM (SELECT count(*) AS n FROM r GROUP BY {person} HAVING n > 1)"
    shared = f"""
        SELECT sum(n) FROM (SELECT count(*) AS n FROM r WHERE length(regexp_replace(tin, '[^0-9]', '', 'g')) = 9
        GROUP BY regexp_replace(tin, '[^0-9]', '', 'g')
        HAVING count(DISTINCT {_folded("first_name")} || ' ' || {_folded("last_name")}) > {_MOST_SHARERS})"""
    counts = {
        "one person, address and year under several record_ids": db.execute(same).fetchall()[0][0],
        "a taxpayer number that more than three persons have": db.execute(shared).fetchall()[0][0],
    }
    return {cause: int(n) for cause, n in counts.items() if n}


@dataclass(slots=True)
class _AddressFigures:
    kinds: dict[str, int]
    hot: dict[str, int]
    unanswerable: dict[str, int]


def _measure_addresses(db: DuckDBConnection) -> _AddressFigures:
    """Parse every address, and count those that do not parse and those that too many records share."""
    kinds: Counter[str] = Counter()
    unanswerable: Counter[str] = Counter()
    addresses = [np.empty(0, np.uint64)]
    query = "SELECT * EXCLUDE (return_id, role) FROM r"
    for batch in db.sql(query).to_arrow_reader(_BATCH_ROWS):
        table = pa.Table.from_batches([batch]).combine_chunks()
        if not table.num_rows:
            continue
        encoded = encode_table(table)
        causes = _find_causes(table, encoded)
        kinds.update(
            {cause: int(np.count_nonzero(rows)) for cause, rows in causes.items() if cause not in _NAME_CAUSES}
        )
        is_open = np.ones(table.num_rows, bool)
        for cause, rows in causes.items():
            unanswerable[cause] += int(np.count_nonzero(rows & is_open))
            is_open &= ~rows
        addresses.append(_hash_addresses(table, encoded)[is_open])
    _, sharers = np.unique(np.concatenate(addresses), return_counts=True)
    crowds = sharers[sharers > MAX_BLOCK_SIZE]
    hot = {"addresses": len(crowds), "records": int(crowds.sum()), "most records at one": int(sharers.max(initial=0))}
    return _AddressFigures(_without_zeros(kinds), hot, _without_zeros(unanswerable))


_NAME_CAUSES = frozenset({"no surname", "no given name"})


def _without_zeros(counts: Counter[str]) -> dict[str, int]:
    return {cause: n for cause, n in counts.items() if n}


def _find_causes(table: pa.Table, encoded: EncodedTable) -> dict[str, npt.NDArray[np.bool_]]:
    """Return for each cause the rows about which it says that no request can be confirmed."""
    folded = pc.utf8_trim_whitespace(
        pc.replace_substring_regex(pc.utf8_upper(pc.fill_null(table.column("street").chunk(0), "")), "[^A-Z0-9#]+", " ")
    )
    has_value = {
        name: np.array([value[0] is not None for value in encoded.values[name]], bool)[encoded.codes[name]]
        for name in ("surname", "given", "number", "street", "place")
    }
    cities = np.array([value[1] is not None for value in encoded.values["place"]], bool)[encoded.codes["place"]]
    is_blank = pc.equal(folded, "").to_numpy(zero_copy_only=False)
    causes = {"no surname": ~has_value["surname"], "no given name": ~has_value["given"], "no street": is_blank}
    is_explained = is_blank.copy()
    for cause, pattern in _ADDRESS_PATTERNS.items():
        rows = pc.match_substring_regex(folded, pattern).to_numpy(zero_copy_only=False) & ~is_explained
        causes[cause] = rows
        is_explained |= rows
    has_number, has_street = has_value["number"], has_value["street"]
    causes["no house number and no street in it"] = ~has_number & ~has_street & ~is_explained
    causes["a street without a house number"] = has_street & ~has_number & ~is_explained
    causes["a house number without a street"] = has_number & ~has_street & ~is_explained
    causes["neither ZIP code nor city"] = ~has_value["place"] & ~cities
    return causes


def _hash_addresses(table: pa.Table, encoded: EncodedTable) -> npt.NDArray[np.uint64]:
    """Return a hash of each row's house number, street, ZIP code and year."""
    hashes = hash_texts(pc.fill_null(table.column("tax_year").chunk(0), ""))
    for name in ("number", "street", "place"):
        texts = pa.array([value[0] or "" for value in encoded.values[name]], pa.string())
        hashes = (hashes ^ hash_texts(texts)[encoded.codes[name]]) * GOLDEN_RATIO_64
    return hashes


def _compare(db: DuckDBConnection) -> dict[str, int]:
    """Return what differs between the records and the earlier ones."""
    content = f"hash({', '.join(RECORD_COLUMNS)})"
    added, removed, changed = db.execute(f"""
        SELECT count(*) FILTER (e.id IS NULL), count(*) FILTER (n.id IS NULL), count(*) FILTER (e.content <> n.content)
        FROM (SELECT record_id AS id, {content} AS content FROM r) n
        FULL JOIN (SELECT record_id AS id, {content} AS content FROM earlier) e ON n.id = e.id""").fetchall()[0]
    counts = {
        "earlier records": int(db.execute("SELECT count(*) FROM earlier").fetchall()[0][0]),
        "added": int(added),
        "removed": int(removed),
        "changed": int(changed),
    }
    filled = ", ".join(f"count(*) FILTER ({_is_filled(column)})" for column in RECORD_COLUMNS)
    before = db.execute(f"SELECT {filled} FROM earlier").fetchall()[0]
    return counts | {f"earlier records with {column}": int(n) for column, n in zip(RECORD_COLUMNS, before, strict=True)}
