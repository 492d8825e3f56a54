"""Counts of surnames and first names in the 2020 Census.

Guarantees: names and counts only, nothing by race, ethnicity or sex (promise 14); names of fewer than about a
hundred people are not in the source, and its remainder line is left out.
Does not: say anything about a person.
Basis: `names_last.parquet`, `names_first.parquet`, made by `tools/make_reference.py`, and `class_shares.parquet`, made
of them by `tools/make_class_shares.py` (see SOURCES.md).
Start at `load_last_name_counts`.
"""

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from comity.reference.reference_table import read_reference_table


@cache
def load_last_name_counts() -> pa.Table:
    """Return surnames in upper case without diacritics (`name`) and their `count`, most frequent first."""
    return read_reference_table("names_last.parquet")


@cache
def load_first_name_counts() -> pa.Table:
    """Return first names in upper case without diacritics (`name`) and their `count`, most frequent first."""
    return read_reference_table("names_first.parquet")


@cache
def load_class_shares(part: str) -> dict[str, float]:
    """Return the share of the Census's people in each class of given names or surnames (`normalize.name_classes`)."""
    table = read_reference_table("class_shares.parquet").filter(pc.field("part") == part)
    return dict(zip(table["class"].to_pylist(), table["share"].to_pylist(), strict=True))
