"""Why a request's likeliest record is as likely as `compare` says: every term of its weight, and every rival.

Guarantees: the terms are read from the very arrays that `compare` makes, so they add up to its weight; no value of a
record or of a request is in an explanation, only the names of levels, and bits.
Does not: decide, or say which record it is.
Basis: match/match_model.py describes the hypotheses; ADR 0006 and 0007.
Start at `explain`.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from comity.match.comparisons import JOINT_COMPARISONS, level_names
from comity.match.index.reader import Index
from comity.match.match_model import Model, load_default_model
from comity.match.matcher import compute_comparison_vectors, match_requests
from comity.match.scoring import RIVAL_HYPOTHESES, RequestScores, posterior_mass, score_requests

TERM_ORDER = (
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
class WeightTerm:
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

    terms: tuple[WeightTerm, ...]
    hypotheses: tuple[Hypothesis, ...]
    raw_weight: float
    evidence: pa.Table


def explain_request(index: Index, request: pa.Table, *, model: Model | None = None) -> Explanation | None:
    """Explain one request (a table of one row, as `compare` takes it); None where no record shares its address."""
    if request.num_rows != 1:
        raise RuntimeError("one request is explained at a time")
    chosen = model or load_default_model()
    levels = compute_comparison_vectors(index, request)
    if not len(levels["row"]):
        return None
    scores = score_requests(levels, chosen)
    pair = {name: values[scores.best_pair_index[0]] for name, values in levels.items()}
    return Explanation(
        terms=tuple(_weight_term(name, pair, chosen) for name in TERM_ORDER),
        hypotheses=tuple(_posterior_by_hypothesis(scores)),
        raw_weight=float(scores.raw_weight[0]),
        evidence=match_requests(index, request, model=chosen),
    )


def _weight_term(name: str, pair: dict[str, Any], model: Model) -> WeightTerm:
    if name.endswith("_rarity"):
        return WeightTerm(name, "", float(pair[name]))
    number = pair[f"{name}_level" if name in JOINT_COMPARISONS else name]
    return WeightTerm(name, level_names(name)[number - 1], model.same_person[name][number - 1])


def _posterior_by_hypothesis(scores: RequestScores) -> list[Hypothesis]:
    total = int(scores.total_mass[0])
    rivals = {name: int(posterior_mass(scores.rival_weights[name], scores.max_weight)[0]) for name in RIVAL_HYPOTHESES}
    return [
        Hypothesis(
            "this",
            float(scores.hypothesis_weights.same_person[scores.best_pair_index[0]]),
            int(scores.best_mass[0]) / total,
        ),
        Hypothesis("others_on_record", None, int(scores.candidate_mass[0] - scores.best_mass[0]) / total),
        *(Hypothesis(name, float(scores.rival_weights[name][0]), share / total) for name, share in rivals.items()),
    ]
