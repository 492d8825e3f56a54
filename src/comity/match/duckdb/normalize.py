"""The normal form that both sides are brought to before anything is compared.

Guarantees: the same function for records and for requests; the result depends on each row alone.
Start at `normalize`.
"""

from comity.match.duckdb.addresses import ADDRESS_STAGES
from comity.match.duckdb.connection import DuckDB
from comity.match.duckdb.names import NAME_STAGES
from comity.match.duckdb.stages import drop, run
from comity.match.duckdb.text import make_plain

PEOPLE = (
    "first", "given", "middle", "surname", "surname_part_1", "surname_part_2", "suffix",
    "number", "street", "direction", "street_suffix", "unit", "city", "state", "zip",
)  # fmt: skip
"""The columns of the normal form; `people` has them beside the columns that were passed through."""


def normalize(db: DuckDB, raw: str) -> None:
    """Make the temporary table `people` from `raw`: the text columns of text.py become the columns `PEOPLE`."""
    make_plain(db, raw, "plain")
    stages = (*NAME_STAGES, *ADDRESS_STAGES)
    run(db, stages)
    drop(db, stages[:-1])
    db.execute("DROP TABLE temp.plain")
