"""Explain a match: every term of the weight of a request's likeliest record, and every rival hypothesis.

Guarantees: terms are read from the arrays that `match_requests` computes, so they sum to its weight. An explanation has
no value of a record or of a request, only labels of levels, and bits.
Does not: decide, or name the record.
Basis: `match_model.py` describes the hypotheses; ADR 0006 and 0007.
Start at `explain_request`.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from comity.law import find_population
from comity.match.comparison_vectors import compute_comparison_vectors
from comity.match.comparisons import JOINT_COMPARISONS, level_labels
from comity.match.index.reader import Index
from comity.match.match_model import Model, load_default_model
from comity.match.matcher import match_requests
from comity.match.scoring import RIVAL_HYPOTHESES, RequestScores, posterior_mass, score_requests
from comity.model.shares import Shares

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
"""The order of the terms: the address, then the names."""


@dataclass(frozen=True, slots=True)
class WeightTerm:
    """What one comparison (with the label of its level) or one term-frequency adjustment (no level) adds, in bits."""

    name: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A hypothesis with its weight in bits (None for several persons) and its probability; probabilities sum to 1."""

    name: str
    weight: float | None
    share: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What makes up the probability of one request; `terms` sum to the weight of the first of the `hypotheses`."""

    terms: tuple[WeightTerm, ...]
    hypotheses: tuple[Hypothesis, ...]
    raw_weight: float
    evidence: pa.Table


def explain_request(
    index: Index, request: pa.Table, *, model: Model | None = None, shares: Shares | None = None
) -> Explanation | None:
    """Explain one request (a table of one row, as `match_requests` takes it); None if it has no candidate pair."""
    if request.num_rows != 1:
        raise RuntimeError("one request is explained at a time")
    model, shares = model or load_default_model(), shares or find_population().least_favorable
    vectors = compute_comparison_vectors(index, request)
    if not len(vectors["row"]):
        return None
    scores = score_requests(vectors, model, shares)
    best_pair = {name: values[scores.best_pair_index[0]] for name, values in vectors.items()}
    return Explanation(
        terms=tuple(_weight_term(name, best_pair, model) for name in TERM_ORDER),
        hypotheses=tuple(_posterior_by_hypothesis(scores)),
        raw_weight=float(scores.raw_weight[0]),
        evidence=match_requests(index, request, model=model, shares=shares),
    )


def _weight_term(name: str, pair: dict[str, Any], model: Model) -> WeightTerm:
    if name.endswith("_rarity"):
        return WeightTerm(name, "", float(pair[name]))
    code = pair[f"{name}_level" if name in JOINT_COMPARISONS else name]
    return WeightTerm(name, level_labels(name)[code - 1], model.same_person[name][code - 1])


def _posterior_by_hypothesis(scores: RequestScores) -> list[Hypothesis]:
    total_mass, best_mass = int(scores.total_mass[0]), int(scores.best_mass[0])
    other_candidates_mass = int(scores.candidate_mass[0] - scores.best_mass[0])
    weight = float(scores.hypothesis_weights.same_person[scores.best_pair_index[0]])
    return [
        Hypothesis("this", weight, best_mass / total_mass),
        Hypothesis("others_on_record", None, other_candidates_mass / total_mass),
        *(
            Hypothesis(
                name,
                float(scores.rival_weights[name][0]),
                int(posterior_mass(scores.rival_weights[name], scores.max_weight)[0]) / total_mass,
            )
            for name in RIVAL_HYPOTHESES
        ),
    ]
