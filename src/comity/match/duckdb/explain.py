"""Why a request's likeliest record is as likely as `compare` says: every term of its weight, and every rival.

Guarantees: the terms are read from the very tables that `compare` makes, so they add up to its weight; no value of a
record or of a request is in an explanation, only the names of levels, and bits.
Does not: decide, or say which record it is.
Basis: match/model.py describes the hypotheses; ADR 0006 and 0007.
Start at `explain`.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from comity.match.duckdb.compare import evidence, make_levels
from comity.match.duckdb.index import Index
from comity.match.duckdb.levels import JOINT, level_names
from comity.match.duckdb.score import SCORE_STAGES, SHARES, bound_values
from comity.match.duckdb.stages import run
from comity.match.model import Model, load_model

ORDER = (
    "address",
    "unit",
    "place",
    "address_rarity",
    "surname",
    "surname_rarity",
    "person",
    "person_rarity",
    "suffix",
    "tin",
)
"""The terms in the order they are told: the address first, then the names."""
RIVALS = ("family", "occupant", "elsewhere", "stranger")


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison and the level it reached, or one rarity (no level), and what it adds in bits."""

    name: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Who the request may be about: weight in bits (none for several persons) and share of belief; shares sum to 1."""

    name: str
    weight: float | None
    share: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that made one request's probability. `terms` sum to the weight of the first of the `hypotheses`."""

    terms: tuple[Term, ...]
    hypotheses: tuple[Hypothesis, ...]
    raw_weight: float
    evidence: pa.Table


def explain(index: Index, request: pa.Table, *, model: Model | None = None) -> Explanation | None:
    """Explain one request (a table of one row, as `compare` takes it); None where no record shares its address."""
    if request.num_rows != 1:
        raise RuntimeError("one request is explained at a time")
    chosen = model or load_model()
    db = index.db.cursor()
    try:
        make_levels(db, index, request)
        run(db, SCORE_STAGES, bound_values(chosen))
        found = db.sql(evidence("posteriors", "raw_requests", chosen)).to_arrow_table()
        best = db.sql("SELECT * FROM posteriors").to_arrow_table().to_pylist()
        if not best:
            return None
        pair = (
            db.sql("SELECT p.* FROM persons p JOIN posteriors USING (row, record_id)").to_arrow_table().to_pylist()[0]
        )
        heights = db.sql("SELECT * FROM heights").to_arrow_table().to_pylist()[0]
    finally:
        db.close()
    return Explanation(
        terms=tuple(_term(name, pair, chosen) for name in ORDER),
        hypotheses=tuple(_hypotheses(best[0], heights)),
        raw_weight=best[0]["raw_weight"],
        evidence=found,
    )


def _term(name: str, pair: dict[str, Any], model: Model) -> Term:
    if name.endswith("_rarity"):
        return Term(name, "", float(pair[name]))
    number = pair[f"{name}_level" if name in JOINT else name]
    return Term(name, level_names(name)[number - 1], model.this[name][number - 1])


def _hypotheses(best: dict[str, Any], heights: dict[str, Any]) -> list[Hypothesis]:
    def share(weight: float) -> float:
        return float(round(2.0 ** max(weight - heights["top"], -60) * SHARES) / best["total"])

    others = (best["recorded"] - best["share"]) / best["total"]
    return [
        Hypothesis("this", best["this_weight"], best["share"] / best["total"]),
        Hypothesis("others_on_record", None, others),
        *(Hypothesis(name, heights[name], share(heights[name])) for name in RIVALS),
    ]
