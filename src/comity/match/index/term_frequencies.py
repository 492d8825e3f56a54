"""How frequent names are among an index's records, as log2 of their shares, leaning on the census of names.

The census stands for `CENSUS_WEIGHT` people, so that a small index does not take every name it holds for a common one. No
name is taken to be rarer than `RAREST`, and those that would be are left out.

Does not: lead to a record.
Basis: ADR 0007.
Start at `first_names`.
"""

import pyarrow as pa

from comity.columns.duck import DuckDBConnection
from comity.match.comparisons import BASELINE_INITIAL_BITS
from comity.reference import census_names

CENSUS_PSEUDOCOUNT = 1_000_000
"""How many people the census of names counts for beside the records' own."""
MIN_LOG2_FREQUENCY = -18.0
"""Log2 of the share of the rarest name: a name is worth 18 bits at most, for a name in no list is not always an error."""


def first_names_query(db: DuckDBConnection) -> str:
    """SQL: how frequent each first name is; reads the table `given_lexicon`."""
    return _frequencies_query(db, "given", "first", census_names.load_first_name_counts())


def surnames_query(db: DuckDBConnection) -> str:
    """SQL: how frequent each surname is; reads the table `surname_lexicon`."""
    return _frequencies_query(db, "surname", "surname", census_names.load_last_name_counts())


def _frequencies_query(db: DuckDBConnection, lexicon: str, column: str, census: pa.Table) -> str:
    db.register(f"{lexicon}_census", census)
    here = f"""SELECT {column} AS name, sum(records) AS here FROM {lexicon}_lexicon
        WHERE {column} IS NOT NULL AND records > 0 GROUP BY ALL"""
    return f"""
        SELECT name, frequency FROM (
            SELECT name, log2((coalesce(here, 0) + {CENSUS_PSEUDOCOUNT} * coalesce(share, 0))
                / ((SELECT coalesce(sum(here), 0) FROM ({here})) + {CENSUS_PSEUDOCOUNT}))::FLOAT AS frequency
            FROM ({here})
            FULL JOIN (SELECT name, count / (SELECT sum(count) FROM {lexicon}_census) AS share FROM {lexicon}_census) USING (name)
        ) WHERE frequency > {MIN_LOG2_FREQUENCY}"""


def initials_query() -> str:
    """SQL: how frequent each initial of a middle name is; reads the table `middle_lexicon`."""
    here = "SELECT left(middle, 1) AS here, records FROM middle_lexicon WHERE middle IS NOT NULL"
    return f"""
        SELECT initial AS name, log2((coalesce(sum(records), 0) + 10)
            / (SELECT coalesce(sum(records), 0) + 260 FROM ({here})))::FLOAT AS frequency
        FROM (SELECT chr(65 + i::INTEGER) AS initial FROM range(26) t (i)) LEFT JOIN ({here}) ON here = initial GROUP BY initial"""


DEFAULT_LOG2_FREQUENCY = {"given": MIN_LOG2_FREQUENCY, "surname": MIN_LOG2_FREQUENCY, "middle": -BASELINE_INITIAL_BITS}
"""What stands for a name in no list."""
