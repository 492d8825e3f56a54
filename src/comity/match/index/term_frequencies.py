"""Term frequencies: how common each name is among an index's records, as log2 of its share, smoothed by the census.

The census of names counts as `CENSUS_PSEUDOCOUNT` people, so a small index does not make every name it holds look
common. No name is taken to be rarer than `MIN_LOG2_FREQUENCY`; rarer ones are left out of the tables.

Does not: lead to a record.
Basis: ADR 0007.
Start at `first_names_query`.
"""

import pyarrow as pa

from comity.columns.duck import DuckDBConnection
from comity.normalize.schema import BASELINE_INITIAL_BITS
from comity.reference import census_names

CENSUS_PSEUDOCOUNT = 1_000_000
"""How many people the census of names counts for beside the records' own."""
MIN_LOG2_FREQUENCY = -18.0
"""Log2 of the share of the rarest name: agreement is worth at most 18 bits, as a name in no list may be genuine."""
DEFAULT_LOG2_FREQUENCY = {"given": MIN_LOG2_FREQUENCY, "surname": MIN_LOG2_FREQUENCY, "middle": -BASELINE_INITIAL_BITS}
"""The frequency of a name in no table, by lexicon."""


def first_names_query(db: DuckDBConnection) -> str:
    """Return SQL for the frequency of each first name; it reads the lexicon of given names."""
    return _frequencies_query(db, "given", "first", census_names.load_first_name_counts())


def surnames_query(db: DuckDBConnection) -> str:
    """Return SQL for the frequency of each surname; it reads the lexicon of surnames."""
    return _frequencies_query(db, "surname", "surname", census_names.load_last_name_counts())


def _frequencies_query(db: DuckDBConnection, lexicon: str, column: str, census: pa.Table) -> str:
    db.register(f"{lexicon}_census", census)
    counts = f"""SELECT {column} AS name, sum(records) AS here FROM {lexicon}_lexicon
        WHERE {column} IS NOT NULL AND records > 0 GROUP BY ALL"""
    return f"""
        SELECT name, frequency FROM (
            SELECT name, log2((coalesce(here, 0) + {CENSUS_PSEUDOCOUNT} * coalesce(share, 0))
                / ((SELECT coalesce(sum(here), 0) FROM ({counts})) + {CENSUS_PSEUDOCOUNT}))::FLOAT AS frequency
            FROM ({counts})
            FULL JOIN (
                SELECT name, count / (SELECT sum(count) FROM {lexicon}_census) AS share FROM {lexicon}_census
            ) USING (name)
        ) WHERE frequency > {MIN_LOG2_FREQUENCY}"""


def initials_query() -> str:
    """Return SQL for the frequency of each initial of a middle name; it reads the lexicon of middle names."""
    counts = "SELECT left(middle, 1) AS here, records FROM middle_lexicon WHERE middle IS NOT NULL"
    return f"""
        SELECT initial AS name, log2((coalesce(sum(records), 0) + 10)
            / (SELECT coalesce(sum(records), 0) + 260 FROM ({counts})))::FLOAT AS frequency
        FROM (SELECT chr(65 + i::INTEGER) AS initial FROM range(26) t (i))
        LEFT JOIN ({counts}) ON here = initial GROUP BY initial"""
