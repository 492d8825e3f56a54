"""Why a request's likeliest record is as likely as `compare` says: every term of its weight, and every rival.

Guarantees: the terms are read from the very arrays that `compare` makes, so they add up to its weight; no value of a
record or of a request is in an explanation, only the names of levels, and bits.
Does not: decide, or say which record it is.
Basis: match/model.py describes the hypotheses; ADR 0006 and 0007.
Start at `explain`.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from comity.match.compare import compare, make_levels
from comity.match.index.opening import Index
from comity.match.levels import JOINT, level_names
from comity.match.model import Model, load_model
from comity.match.scoring import RIVALS, Scores, score, shares

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
    levels = make_levels(index, request)
    if not len(levels["row"]):
        return None
    scores = score(levels, chosen)
    pair = {name: values[scores.best[0]] for name, values in levels.items()}
    return Explanation(
        terms=tuple(_term(name, pair, chosen) for name in ORDER),
        hypotheses=tuple(_hypotheses(scores)),
        raw_weight=float(scores.raw_weight[0]),
        evidence=compare(index, request, model=chosen),
    )


def _term(name: str, pair: dict[str, Any], model: Model) -> Term:
    if name.endswith("_rarity"):
        return Term(name, "", float(pair[name]))
    number = pair[f"{name}_level" if name in JOINT else name]
    return Term(name, level_names(name)[number - 1], model.this[name][number - 1])


def _hypotheses(scores: Scores) -> list[Hypothesis]:
    total = int(scores.total[0])
    rivals = {name: int(shares(scores.heights[name], scores.top)[0]) for name in RIVALS}
    return [
        Hypothesis("this", float(scores.weights.this[scores.best[0]]), int(scores.share[0]) / total),
        Hypothesis("others_on_record", None, int(scores.recorded[0] - scores.share[0]) / total),
        *(Hypothesis(name, float(scores.heights[name][0]), share / total) for name, share in rivals.items()),
    ]
