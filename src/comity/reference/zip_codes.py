"""ZIP codes with the state, city and kind of each, and the states that each three-digit prefix serves.

Guarantees: read once, from a file in the package; nothing is fetched. A ZIP code that is not in the file
gets the states of its three-digit prefix, because the postal service opens new ZIP codes every year and an address must
not be refused for being new; a few prefixes serve more than one state (063, 099, 205, 726, 739, 834, 967, 969).
Does not: say whether a ZIP code is in use today, or where a person lives.
Basis: `zips.parquet`, made by `tools/make_reference.py` (see SOURCES.md).
Start at `find_zip_states`.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pyarrow as pa

from comity.reference.reference_table import read_reference_table

ZIPS_SCHEMA = pa.schema(
    [
        pa.field("zip", pa.string()),  # five digits
        pa.field("state", pa.string()),  # two letters, a key of `states.STATE_NAMES`
        pa.field("city", pa.string()),  # the name that the postal service prefers
        pa.field("county", pa.string()),  # null for military mail
        pa.field("kind", pa.string()),  # STANDARD, PO BOX, UNIQUE or MILITARY
        pa.field("city_aliases", pa.list_(pa.string())),  # other names that it accepts
    ]
)


@cache
def load_zip_table() -> pa.Table:
    """Return every ZIP code on file, in order, with the columns of `ZIPS_SCHEMA`."""
    return read_reference_table("zips.parquet").cast(ZIPS_SCHEMA)


@cache
def load_zip_states() -> Mapping[str, str]:
    """Return every ZIP code on file -> its state; always the same read-only mapping."""
    table = load_zip_table()
    return MappingProxyType(dict(zip(table["zip"].to_pylist(), table["state"].to_pylist(), strict=True)))


@cache
def load_prefix_states() -> Mapping[str, frozenset[str]]:
    """Return every three-digit prefix on file -> the states it serves."""
    states: defaultdict[str, set[str]] = defaultdict(set)
    for code, state in load_zip_states().items():
        states[code[:3]].add(state)
    return MappingProxyType({prefix: frozenset(served) for prefix, served in states.items()})


def find_zip_states(code: str) -> frozenset[str]:
    """Return the states that a ZIP or ZIP+4 code can be in; an empty set if there is no such code.

    Fewer than five leading digits are no ZIP code.

    >>> sorted(find_zip_states("78040")), sorted(find_zip_states("62701-1234")), sorted(find_zip_states("00000"))
    (['TX'], ['IL'], [])
    """
    five = code.strip()[:5]
    if len(five) < 5 or not (five.isascii() and five.isdigit()):
        return frozenset()
    state = load_zip_states().get(five)
    return frozenset({state}) if state else load_prefix_states().get(five[:3], frozenset())
