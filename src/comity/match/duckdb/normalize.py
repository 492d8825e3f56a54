"""The normal form that both sides are brought to before anything is compared.

Guarantees: the same function for records and for requests; the result depends on each row alone.
Start at `normalize`.
"""

from comity.match.duckdb.addresses import ADDRESS_STAGES, VOCABULARY, addressed, vocabulary
from comity.match.duckdb.connection import DuckDB
from comity.match.duckdb.names import NAME_STAGES, named
from comity.match.duckdb.stages import Stage, drop, run
from comity.match.duckdb.text import make_plain

PEOPLE = (
    "first", "given", "middle", "surname", "surname_part_1", "surname_part_2", "suffix",
    "number", "street", "direction", "street_suffix", "unit", "city", "state", "zip",
)  # fmt: skip
"""The columns of the normal form; `people` has them beside the columns that were passed through."""


def people(  # noqa: PLR0913, PLR0917  one table of distinct values each
    numbered: str, given: str, middle: str, surname: str, boxed: str, unit: str, street: str, place: str
) -> str:
    """The rows with their names and addresses taken apart, in one pass."""
    return addressed(f"({named(numbered, given, middle, surname)})", boxed, unit, street, place)


STAGES = (*NAME_STAGES, *ADDRESS_STAGES)
"""From `plain` (see text.py) to the distinct names and parts of addresses that `people` puts together."""
PARTS = ("numbered", "given_names", "middle_names", "surnames", "boxes", "units", "streets", "places")
"""The tables from which `people` makes the normal form."""


def make_parts(db: DuckDB, raw: str) -> None:
    """Make the temporary tables `PARTS` from `raw`, whose text columns are those of text.py."""
    make_plain(db, raw, "plain")
    db.register(VOCABULARY, vocabulary())
    try:
        run(db, STAGES)
    finally:
        db.unregister(VOCABULARY)
    drop(db, tuple(stage for stage in STAGES if stage.name not in PARTS))
    db.execute("DROP TABLE temp.plain")


def drop_parts(db: DuckDB) -> None:
    """Give the memory of the parts back."""
    drop(db, tuple(stage for stage in STAGES if stage.name in PARTS))


def normalize(db: DuckDB, raw: str) -> None:
    """Make the temporary table `people` from `raw`: the text columns of text.py become the columns `PEOPLE`."""
    make_parts(db, raw)
    run(db, [Stage("people", people, PARTS)])
    drop_parts(db)
