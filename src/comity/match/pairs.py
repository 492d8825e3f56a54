"""Candidate pairs as columns of numbers: what agrees in each, and how rare what agrees is.

Levels come from SQL over the text of both sides (duckdb/levels.py); all that is counted comes from the index.

Guarantees: a pair's numbers depend on the pair and the index alone.
Does not: weigh (scoring.py does).
Basis: ADR 0007.
Start at `levels_of`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.duckdb.connection import DuckDB
from comity.match.duckdb.levels import (
    COMPARISONS,
    CROWDS,
    FEWEST_NEIGHBORS,
    JOINT,
    NAME_FREQUENCIES,
    PARTLY_GIVEN,
    PARTLY_SURNAME,
    TYPICAL_INITIAL,
    TYPICAL_NAME,
    compared_pairs,
    numbers_of,
)
from comity.match.duckdb.normalize import PEOPLE
from comity.match.index.opening import Index, Records

Levels = Mapping[str, npt.NDArray[Any]]
"""An array per column, an entry per pair: `row`, `record`, `person_key`, `address_known`; the number of the level reached,
by comparison, and for joint ones as NAME_level; `given_is_exact`; the rarities, frequencies and crowds of levels.py."""
TEXT = (*PEOPLE, "tin")
BATCH = 20_000
"""Pairs that one thread compares at a time."""


def levels_of(db: DuckDB, index: Index, asked: pa.Table, positions: npt.NDArray[np.int64], records: Records) -> Levels:
    """The levels and rarities of candidate pairs: the request at each of the `positions` in `asked` beside a record.

    `asked` has the columns of the normal form, `tin`, `row` and the frequencies of names.
    """
    met = index.fetch(records)
    at = pa.array(positions)
    requests = {name: asked.column(name).take(at) for name in (*TEXT, *NAME_FREQUENCIES, "row")}
    columns = {
        "pair": pa.array(np.arange(len(positions), dtype=np.int32)),
        "q": pa.StructArray.from_arrays([requests[c].combine_chunks() for c in TEXT], TEXT),
        "r": pa.StructArray.from_arrays([met[c] for c in TEXT], TEXT),
    }
    table = pa.table(columns)
    db.register("met", pa.Table.from_batches(table.to_batches(max_chunksize=BATCH), table.schema))
    found = db.sql(compared_pairs("met", "nicknames", "surname_spellings")).to_arrow_table()
    db.unregister("met")
    order = found.column("pair").to_numpy()
    made: dict[str, npt.NDArray[Any]] = {}
    for name in COMPARISONS:
        made[name] = np.empty(len(order), dtype=np.int8)
        made[name][order] = found.column(name).to_numpy()
    for name, (one, other) in JOINT.items():
        made[f"{name}_level"] = (made[one] - 1) * len(COMPARISONS[other]) + made[other]
    known = {name: met[name].to_numpy(zero_copy_only=False) for name in (*NAME_FREQUENCIES, *CROWDS, "person_key")}
    theirs = {name: requests[name].to_numpy() for name in NAME_FREQUENCIES}
    missing = met["number"].is_null().to_numpy(zero_copy_only=False) | met["street"].is_null().to_numpy(
        zero_copy_only=False
    )
    return (
        made
        | known
        | _rarities(made, known, theirs)
        | {
            "row": requests["row"].to_numpy(),
            "record": records,
            "address_known": ~missing,
            "given_is_exact": np.isin(made["given"], numbers_of("given", ("exact",))),
        }
    )


def _rarities(levels: Levels, known: Levels, asked: Levels) -> dict[str, npt.NDArray[Any]]:
    """How rare in bits what agrees is (`RARITIES`)."""
    initial = np.where(
        _reaches(levels, "middle", "agrees"), -known["middle_frequency"] - np.float32(TYPICAL_INITIAL), 0
    )
    crowd = np.where(_reaches(levels, "number", "exact"), known["residents"], known["street_residents"])
    return {
        "person_rarity": _name_rarity(levels, "given", PARTLY_GIVEN, known["first_frequency"], asked["first_frequency"])
        + initial,
        "surname_rarity": _name_rarity(
            levels, "surname", PARTLY_SURNAME, known["surname_frequency"], asked["surname_frequency"]
        ),
        "address_rarity": np.where(
            _reaches(levels, "street", "exact", "similar"), known["neighbors"] - crowd - np.float32(FEWEST_NEIGHBORS), 0
        ),
    }


def _reaches(levels: Levels, comparison: str, *names: str) -> npt.NDArray[np.bool_]:
    return np.isin(levels[comparison], numbers_of(comparison, names))


def _name_rarity(
    levels: Levels, comparison: str, partly: tuple[str, ...], frequency: npt.NDArray[Any], asked: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """Bits of rarity of a name.

    Of the name itself where it is exact; else of the rarer of the two, beside a typical name's: a typing error makes a
    word that nobody bears, but a sibling has a name.
    """
    partial = np.maximum(-frequency, -asked) - np.float32(TYPICAL_NAME)
    return np.where(
        _reaches(levels, comparison, "exact"),
        -frequency,
        np.where(_reaches(levels, comparison, *partly), partial, np.float32(0)),
    )
