"""Term frequencies: how common each name is among an index's records, as log2 of its share, smoothed by the census.

The census of names counts as `CENSUS_PSEUDOCOUNT` people, so a small index does not make every name it holds look
common. No name is taken to be rarer than `MIN_LOG2_FREQUENCY`; rarer ones are left out of the tables.

Guarantees: the database only counts; shares and logarithms have the same bits on every processor (ADR 0046).
Does not: lead to a record.
Basis: ADR 0007.
Start at `read_first_names`.
"""

import string

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.binary_powers import compute_log2
from comity.columns.duck import DuckDBConnection
from comity.normalize.schema import BASELINE_INITIAL_BITS
from comity.reference import census_names

CENSUS_PSEUDOCOUNT = 1_000_000
"""How many people the census of names counts for beside the records' own."""
_INITIAL_PSEUDOCOUNT = 10
"""How many people each initial of a middle name counts for beside the records' own."""
MIN_LOG2_FREQUENCY = -18.0
"""Log2 of the share of the rarest name: agreement is worth at most 18 bits, as a name in no list may be genuine."""
DEFAULT_LOG2_FREQUENCY = {"given": MIN_LOG2_FREQUENCY, "surname": MIN_LOG2_FREQUENCY, "middle": -BASELINE_INITIAL_BITS}
"""The frequency of a name in no table, by lexicon."""


def read_first_names(db: DuckDBConnection) -> pa.Table:
    """Return the frequency of each first name (`name`, `frequency`), by name, from the lexicon of given names."""
    return _read_frequencies(db, "given", "first", census_names.load_first_name_counts())


def read_surnames(db: DuckDBConnection) -> pa.Table:
    """Return the frequency of each surname (`name`, `frequency`), by name, from the lexicon of surnames."""
    return _read_frequencies(db, "surname", "surname", census_names.load_last_name_counts())


def read_initials(db: DuckDBConnection) -> pa.Table:
    """Return the frequency of each initial (`name`, `frequency`), by name, from the lexicon of middle names."""
    counts = dict(
        db.execute("""
            SELECT left(middle, 1), sum(records)::BIGINT FROM middle_lexicon WHERE middle IS NOT NULL GROUP BY ALL
            """).fetchall()
    )
    records = np.array([counts.get(initial, 0) for initial in string.ascii_uppercase])
    total = sum(counts.values()) + _INITIAL_PSEUDOCOUNT * len(records)
    return _frequency_table(pa.array(list(string.ascii_uppercase)), (records + _INITIAL_PSEUDOCOUNT) / total)


def _read_frequencies(db: DuckDBConnection, lexicon: str, column: str, census: pa.Table) -> pa.Table:
    db.register(f"{lexicon}_census", census)
    counted = db.sql(f"""
        SELECT name, coalesce(records, 0)::BIGINT AS records, coalesce(count, 0)::BIGINT AS census
        FROM (SELECT {column} AS name, sum(records) AS records FROM {lexicon}_lexicon
            WHERE {column} IS NOT NULL AND records > 0 GROUP BY ALL)
        FULL JOIN {lexicon}_census USING (name) ORDER BY name""").to_arrow_table()
    records, in_census = (counted.column(name).to_numpy() for name in ("records", "census"))
    people = records + CENSUS_PSEUDOCOUNT * (in_census / max(in_census.sum(), 1))
    table = _frequency_table(counted.column("name"), people / (records.sum() + CENSUS_PSEUDOCOUNT))
    return table.filter(pc.greater(table["frequency"], MIN_LOG2_FREQUENCY))


def _frequency_table(names: pa.Array | pa.ChunkedArray, shares: npt.NDArray[np.float64]) -> pa.Table:
    return pa.table({"name": names, "frequency": pa.array(compute_log2(shares).astype(np.float32))})
