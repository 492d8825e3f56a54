"""From comparison levels to probabilities: each request's candidates weighed against one another and their rivals.

Whole columns at a time: a pair is a place in every array, and the pairs of one request lie together.

Guarantees: a request's result depends on its own candidates alone. Sums are taken over integers (shares of 2^40), so
their order cannot show; ties fall to the record that comes first in the index.
Does not: decide (`comity.decide` does).
Basis: match/match_model.py describes the hypotheses.
Start at `score`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import GOLDEN_RATIO_64
from comity.match.comparison_vectors import ComparisonVectors
from comity.match.comparisons import JOINT_COMPARISONS, level_code
from comity.match.match_model import ADDRESS_COMPARISONS, NAME_COMPARISONS, Model

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FIXED_POINT_ONE = 2**40
MIN_RELATIVE_BITS = -60.0
"""Bits below the heaviest hypothesis: nothing is believed less than this."""
MAX_HOUSEHOLD_BITS = 3.0
"""Bits: more than eight records of one surname at one address are several families."""
RIVAL_HYPOTHESES = ("family", "occupant", "elsewhere", "stranger")


@dataclass(frozen=True, slots=True)
class HypothesisWeights:
    """Each pair's weight in bits under each hypothesis."""

    same_person: Floats
    family: Floats
    occupant: Floats
    elsewhere: Floats


@dataclass(frozen=True, slots=True)
class RequestScores:
    """One entry per request that has a candidate pair, in order.

    `best` is the place of the likeliest person's pair, `pairs` their number. `heights` is the heaviest weight of every
    rival, `top` of all hypotheses. Shares of belief are integers: `share` of the likeliest person, `next_share` of the
    next on record, `recorded` of all on record, `total` of everything.
    """

    best_pair_index: Ints
    pair_counts: Ints
    hypothesis_weights: HypothesisWeights
    rival_weights: Mapping[str, Floats]
    max_weight: Floats
    best_mass: Ints
    second_mass: Ints
    candidate_mass: Ints
    total_mass: Ints

    @property
    def raw_weight(self) -> Floats:
        """Log2 of the belief in the likeliest person against everything else, not calibrated."""
        made: Floats = np.log2(np.maximum(self.best_mass, 1)) - np.log2(np.maximum(self.total_mass - self.best_mass, 1))
        return made

    @property
    def rival_probability(self) -> Floats:
        """The share of belief in the next likeliest person on record."""
        made: Floats = self.second_mass / self.total_mass
        return made


def posterior_mass(weight: Floats, top: Floats) -> Ints:
    """The share of belief of a weight beside the heaviest, in integers."""
    made: Ints = np.rint(np.exp2(np.maximum(weight - top, MIN_RELATIVE_BITS)) * FIXED_POINT_ONE).astype(np.int64)
    return made


def _sum_level_weights(levels: ComparisonVectors, model: Model, side: str, comparisons: tuple[str, ...]) -> Floats:
    total: Floats = np.zeros(len(levels["row"]))
    for comparison in comparisons:
        weights = np.array(model.weights(side, comparison))
        total += weights[levels[f"{comparison}_level" if comparison in JOINT_COMPARISONS else comparison] - 1]
    return total


def match_weights(levels: ComparisonVectors, model: Model) -> HypothesisWeights:
    """Each pair's weight in bits under each hypothesis.

    What agrees is worth what it is rare. A member of the same family bears the same given name by chance or by custom
    (`namesake`), whichever is likelier; where only one side has a suffix, the other may be the father or the son. The
    more of a family stand on record, the more of it there are who do not; and the more records an address has, the
    likelier is somebody there without one.
    """
    rivals = model.prior_weights
    address = _sum_level_weights(levels, model, "this", ADDRESS_COMPARISONS) + levels["address_rarity"]
    name = (
        _sum_level_weights(levels, model, "this", NAME_COMPARISONS) + levels["person_rarity"] + levels["surname_rarity"]
    )
    lone_suffix = levels["suffix"] == level_code("suffix", "missing")
    custom = np.where(lone_suffix, rivals["namesake_unsuffixed"], rivals["namesake"])
    rare = levels["first_frequency"].astype(np.float64)
    namesake = np.where(levels["given_is_exact"], np.log2(np.exp2(custom) + np.exp2(rare)) - rare, 0.0)
    family = _sum_level_weights(levels, model, "family", NAME_COMPARISONS) + levels["surname_rarity"] + namesake
    return HypothesisWeights(
        same_person=address + name,
        family=rivals["family"] + np.minimum(levels["household"], MAX_HOUSEHOLD_BITS) + address + family,
        occupant=rivals["occupant"] + 2 * levels["residents"].astype(np.float64) + address,
        elsewhere=rivals["elsewhere"] + name,
    )


def score_requests(levels: ComparisonVectors, model: Model) -> RequestScores:
    """Weigh the candidates of each request; the pairs of one request lie together, in order of record."""
    rows = levels["row"]
    starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    lengths = np.diff(np.append(starts, len(rows)))
    request = np.repeat(np.arange(len(starts)), lengths)
    weights = match_weights(levels, model)
    heights = {
        "family": np.maximum.reduceat(weights.family, starts),
        "occupant": np.maximum.reduceat(weights.occupant, starts),
        "elsewhere": np.maximum.reduceat(weights.elsewhere, starts),
        "stranger": model.prior_weights["stranger"]
        + np.maximum.reduceat(levels["neighbors"], starts).astype(np.float64),
    }
    top = np.maximum.reduce([np.maximum.reduceat(weights.same_person, starts), *heights.values()])
    share = np.where(
        _keep_best_pair_per_person(levels, request, weights.same_person),
        posterior_mass(weights.same_person, top[request]),
        0,
    )
    best, most = _argmax_by_request(share, weights.same_person, starts, request)
    rest = share.copy()
    rest[best] = 0
    recorded = np.add.reduceat(share, starts)
    return RequestScores(
        best_pair_index=best,
        pair_counts=lengths,
        hypothesis_weights=weights,
        rival_weights=heights,
        max_weight=top,
        best_mass=most,
        second_mass=np.maximum.reduceat(rest, starts),
        candidate_mass=recorded,
        total_mass=np.add.reduce([recorded, *(posterior_mass(heights[rival], top) for rival in RIVAL_HYPOTHESES)]),
    )


def _keep_best_pair_per_person(levels: ComparisonVectors, request: Ints, this: Floats) -> npt.NDArray[np.bool_]:
    """Of the pairs of one request with one person, who may stand on several records, the heaviest, or of these the first."""
    person = (levels["person_key"] ^ (request.astype(np.uint64) * GOLDEN_RATIO_64)) * GOLDEN_RATIO_64
    order = np.argsort(person, kind="stable")
    same = np.flatnonzero(person[order[1:]] == person[order[:-1]])
    kept = np.ones(len(person), dtype=bool)
    for place in same:  # few persons stand on several records of one year
        one, other = order[place], order[place + 1]
        if kept[one] and this[one] >= this[other]:
            kept[other] = False
            order[place + 1] = one
        else:
            kept[one] = False
    return kept


def _argmax_by_request(share: Ints, this: Floats, starts: Ints, request: Ints) -> tuple[Ints, Ints]:
    """The place of the pair of the highest share, then weight, of each request; the first, if there are several."""
    most = np.maximum.reduceat(share, starts)
    weight = np.where(share == most[request], this, -np.inf)
    chosen = weight == np.maximum.reduceat(weight, starts)[request]
    places = np.where(chosen, np.arange(len(share)), len(share))
    return np.minimum.reduceat(places, starts), most


def apply_calibration(raw_weight: Floats, model: Model) -> Floats:
    """The calibrated weight: straight lines between the model's knots, and slope as at the ends."""
    x, y = (np.array(values) for values in zip(*model.calibration, strict=True))
    at = np.clip(np.searchsorted(x, raw_weight, side="right") - 1, 0, len(x) - 2)
    slope = (y[at + 1] - y[at]) / (x[at + 1] - x[at])
    made: Floats = y[at] + (raw_weight - x[at]) * slope
    return made
