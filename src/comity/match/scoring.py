"""Turn comparison vectors into probabilities: weigh the candidates of each request against each other and their rivals.

Everything is a whole column at a time: a pair is a position in every array, and the pairs of one request are adjacent.

Guarantees: the result for a request depends on its own candidates, the model and the shares alone. Posterior masses are
integers, so their sum does not depend on their order; ties go to the record that comes first in the index. The bits are
the same on every processor (ADR 0046).
Does not: decide (`comity.decide` does).
Basis: `match_model.py` describes the hypotheses; ADR 0006 and 0044.
Start at `score_requests`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from comity.columns.binary_powers import compute_exp2, compute_log2
from comity.columns.kernel import GOLDEN_RATIO_64
from comity.match.comparison_vectors import ComparisonVectors
from comity.match.comparisons import JOINT_COMPARISONS, NAME_SUFFIX
from comity.match.match_model import ADDRESS_COMPARISONS, NAME_COMPARISONS, Model
from comity.model.shares import Shares

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FIXED_POINT_ONE = 2**40
"""The posterior mass of the hypothesis with the largest weight."""
MIN_RELATIVE_BITS = -60.0
"""No hypothesis counts for less than this many bits below the one with the largest weight."""
MAX_HOUSEHOLD_BITS = 3.0
"""Log2 of the largest household: more than eight records with one surname at one address are several families."""
RIVAL_HYPOTHESES = ("family", "occupant", "elsewhere", "stranger")


@dataclass(frozen=True, slots=True)
class HypothesisWeights:
    """The weight of each pair in bits, under each hypothesis."""

    same_person: Floats
    family: Floats
    occupant: Floats
    elsewhere: Floats


@dataclass(frozen=True, slots=True)
class RequestScores:
    """The scores of the requests that have candidate pairs, one entry per request, in order.

    Attributes:
        best_pair_index: the position of the pair with the likeliest person.
        pair_counts: the number of candidate pairs.
        hypothesis_weights: the weights of all pairs.
        rival_weights: the largest weight under each rival hypothesis.
        max_weight: the largest weight under any hypothesis.
        best_mass: the posterior mass of the likeliest person (`posterior_mass`).
        second_mass: that of the second likeliest person on record.
        candidate_mass: that of all persons on record together.
        total_mass: that of all hypotheses together.
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
        """Return log2 of the odds of the likeliest person against everything else, not calibrated."""
        others_mass = self.total_mass - self.best_mass
        return compute_log2(np.maximum(self.best_mass, 1)) - compute_log2(np.maximum(others_mass, 1))

    @property
    def rival_probability(self) -> Floats:
        """Return the probability of the second likeliest person on record."""
        probability: Floats = self.second_mass / self.total_mass
        return probability

    @property
    def on_record_weight(self) -> Floats:
        """Return the weight in bits of all persons on record together."""
        return compute_log2(np.maximum(self.candidate_mass, 1) / FIXED_POINT_ONE) + self.max_weight

    def weigh_without_priors(self, shares: Shares) -> Floats:
        """Return the weights of `comity.model.likelihoods.HYPOTHESES`, a column each, without the priors of `shares`.

        `shares` are those that the requests were scored with.
        """
        priors = shares.weights
        rivals = [self.rival_weights[name] - priors[name] for name in RIVAL_HYPOTHESES]
        return np.column_stack([self.on_record_weight, *rivals])


def posterior_mass(weight: Floats, max_weight: Floats) -> Ints:
    """Return the likelihood relative to that of `max_weight`, as an integer share of `FIXED_POINT_ONE`."""
    relative = compute_exp2(np.maximum(weight - max_weight, MIN_RELATIVE_BITS))
    mass: Ints = np.rint(relative * FIXED_POINT_ONE).astype(np.int64)
    return mass


def _sum_level_weights(vectors: ComparisonVectors, model: Model, hypothesis: str, names: tuple[str, ...]) -> Floats:
    total: Floats = np.zeros(len(vectors["row"]))
    for name in names:
        weights = np.array(model.weights(hypothesis, name))
        total += weights[vectors[f"{name}_level" if name in JOINT_COMPARISONS else name] - 1]
    return total


def match_weights(vectors: ComparisonVectors, model: Model, shares: Shares) -> HypothesisWeights:
    """Return the weight of each pair in bits, under each hypothesis: the evidence, and the prior from the shares.

    Agreement on a rare value weighs more. A family member has the same given name by chance or by custom (`namesake`),
    whichever is likelier; where only one side has a suffix, the other may be the parent or the child. The more family
    members are on record, the more others there are who are not; and the more records an address has, the likelier
    is an occupant without one.
    """
    priors = shares.weights
    address = _sum_level_weights(vectors, model, "this", ADDRESS_COMPARISONS) + vectors["address_rarity"]
    name = _sum_level_weights(vectors, model, "this", NAME_COMPARISONS)
    name = name + vectors["person_rarity"] + vectors["surname_rarity"]
    is_suffix_on_one_side = vectors["suffix"] == NAME_SUFFIX.code("NULL")
    by_custom = np.where(is_suffix_on_one_side, priors["namesake_unsuffixed"], priors["namesake"])
    by_chance = vectors["first_frequency"].astype(np.float64)
    in_all = compute_log2(compute_exp2(by_custom) + compute_exp2(by_chance))
    namesake = np.where(vectors["given_is_exact"], in_all - by_chance, 0.0)
    family = _sum_level_weights(vectors, model, "family", NAME_COMPARISONS) + vectors["surname_rarity"] + namesake
    return HypothesisWeights(
        same_person=address + name,
        family=priors["family"] + np.minimum(vectors["household"], MAX_HOUSEHOLD_BITS) + address + family,
        occupant=priors["occupant"] + 2 * vectors["residents"].astype(np.float64) + address,
        elsewhere=priors["elsewhere"] + name,
    )


def score_requests(vectors: ComparisonVectors, model: Model, shares: Shares) -> RequestScores:
    """Score requests from the vectors of their pairs: those of one request adjacent, in order of record."""
    rows = vectors["row"]
    starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    lengths = np.diff(np.append(starts, len(rows)))
    request = np.repeat(np.arange(len(starts)), lengths)
    weights = match_weights(vectors, model, shares)
    neighbors = np.maximum.reduceat(vectors["neighbors"], starts).astype(np.float64)
    rival_weights = {
        "family": np.maximum.reduceat(weights.family, starts),
        "occupant": np.maximum.reduceat(weights.occupant, starts),
        "elsewhere": np.maximum.reduceat(weights.elsewhere, starts),
        "stranger": shares.weights["stranger"] + neighbors,
    }
    max_weight = np.maximum.reduce([np.maximum.reduceat(weights.same_person, starts), *rival_weights.values()])
    mass = np.where(
        _keep_best_pair_per_person(vectors, request, weights.same_person),
        posterior_mass(weights.same_person, max_weight[request]),
        0,
    )
    best, best_mass = _argmax_by_request(mass, weights.same_person, starts, request)
    other_mass = mass.copy()
    other_mass[best] = 0
    candidate_mass = np.add.reduceat(mass, starts)
    rival_masses = [posterior_mass(rival_weights[rival], max_weight) for rival in RIVAL_HYPOTHESES]
    return RequestScores(
        best_pair_index=best,
        pair_counts=lengths,
        hypothesis_weights=weights,
        rival_weights=rival_weights,
        max_weight=max_weight,
        best_mass=best_mass,
        second_mass=np.maximum.reduceat(other_mass, starts),
        candidate_mass=candidate_mass,
        total_mass=np.add.reduce([candidate_mass, *rival_masses]),
    )


def _keep_best_pair_per_person(vectors: ComparisonVectors, request: Ints, weight: Floats) -> npt.NDArray[np.bool_]:
    """Mark one pair of each request and person, who may be on several records: the one with the largest weight."""
    person = (vectors["person_key"] ^ (request.astype(np.uint64) * GOLDEN_RATIO_64)) * GOLDEN_RATIO_64
    is_kept = np.ones(len(person), dtype=bool)
    ordered = np.sort(person)
    repeated_persons = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated_persons):
        return is_kept
    candidates = np.flatnonzero(np.isin(person, repeated_persons))  # few persons are on several records of one year
    order = candidates[np.argsort(person[candidates], kind="stable")]
    is_same = (person[order[1:]] == person[order[:-1]]) & (request[order[1:]] == request[order[:-1]])
    for i in np.flatnonzero(is_same):
        earlier, later = order[i], order[i + 1]
        if is_kept[earlier] and weight[earlier] >= weight[later]:
            is_kept[later] = False
            order[i + 1] = earlier
        else:
            is_kept[earlier] = False
    return is_kept


def _argmax_by_request(mass: Ints, weight: Floats, starts: Ints, request: Ints) -> tuple[Ints, Ints]:
    """Return the position of each request's pair with the largest mass, then weight, then the first; and its mass."""
    max_mass = np.maximum.reduceat(mass, starts)
    weight = np.where(mass == max_mass[request], weight, -np.inf)
    is_max = weight == np.maximum.reduceat(weight, starts)[request]
    positions = np.where(is_max, np.arange(len(mass)), len(mass))
    return np.minimum.reduceat(positions, starts), max_mass


def apply_calibration(raw_weight: Floats, model: Model) -> Floats:
    """Return the calibrated weight: linear between the model's knots, and extended in a straight line past the ends."""
    x, y = (np.array(values) for values in zip(*model.calibration, strict=True))
    knot = np.clip(np.searchsorted(x, raw_weight, side="right") - 1, 0, len(x) - 2)
    slope = (y[knot + 1] - y[knot]) / (x[knot + 1] - x[knot])
    weight: Floats = y[knot] + (raw_weight - x[knot]) * slope
    return weight
