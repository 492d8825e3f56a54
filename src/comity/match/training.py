"""Fit the weights of a model: a starting point without labels, then conditional maximum likelihood with labels.

The start states how often people write things alike (m, below) and takes u from random pairs of the data. Labels then
move each weight as little as they ask for: the log likelihood of `confirmed` less a ridge around the start.

Guarantees: deterministic; arrays only, no loop over rows.
Does not: read files, or make pairs (pairs.py does).
Basis: the hypotheses of match/match_model.py; gradients of a log of sums of exponentials; L-BFGS (Byrd, Lu, Nocedal and Zhu 1995).
Start at `train`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from comity.match.comparisons import JOINT_COMPARISONS, TF_ADJUSTMENTS, level_names
from comity.match.match_model import MODEL_FORMAT, PRIOR_WEIGHT_NAMES
from comity.match.scoring import MAX_HOUSEHOLD_BITS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
WeightVectors = dict[str, Floats]
MProbabilities = dict[str, dict[str, float]]
LN2 = float(np.log(2))

FITTED_ADDRESS_COMPARISONS, FITTED_NAME_COMPARISONS = ("address", "unit", "place"), ("surname", "person")
FITTED_COMPARISONS = (*FITTED_ADDRESS_COMPARISONS, *FITTED_NAME_COMPARISONS)
BIT_COLUMNS = (*TF_ADJUSTMENTS, "first_frequency", "residents", "household")
"""What a pair brings beside its levels, in bits (see levels.py)."""

DEFAULT_M: MProbabilities = {
    "number": {"exact": 0.95, "missing": 0.02, "near": 0.025, "differs": 0.005},
    "street": {"exact": 0.9, "similar": 0.015, "missing": 0.02, "near": 0.05, "differs": 0.015},
    "unit": {"none": 0.85, "exact": 0.1, "missing": 0.03, "near": 0.015, "differs": 0.005},
    "surname": {"exact": 0.92, "missing": 0.02, "swapped": 0.001, "part": 0.015, "shared": 0.001, "near": 0.025, "similar": 0.01, "differs": 0.009},
    "given": {
        "exact": 0.91, "missing": 0.02, "swapped": 0.001, "initial": 0.005, "nickname": 0.016, "middle": 0.002, "gendered": 0.001,
        "near": 0.014, "similar": 0.006, "other_initial": 0.003, "distant": 0.006, "differs": 0.017,
    },
    "middle": {"agrees": 0.93, "missing": 0.04, "differs": 0.03},
}  # fmt: skip
"""m before any data: how the same person at the same address is written twice."""

FAMILY_SURNAME_M = {
    "exact": 0.75,
    "missing": 0.02,
    "swapped": 0.0002,
    "part": 0.04,
    "shared": 0.06,
    "near": 0.02,
    "similar": 0.02,
    "differs": 0.15,
}
"""How the surnames of two members of one household compare."""

SHARED_SURNAME_WEIGHTS = {"surname": -2.0, "family_surname": 4.0}
"""Bits, by judgment: that one of two surnames agrees and the other does not makes people kin. Too rare to be learned in
a town where few bear two; likewise `gendered` (Daniel, Daniela), which starts as `distant` does."""

PLACE_WEIGHTS = {"zip": 0.0, "near_zip": -1.0, "city": -1.0, "missing": -2.0, "differs": -6.0}
"""Weights in bits; u of a place cannot be learned from the data of one town."""

DEFAULT_PRIOR_WEIGHTS = {
    "family": 0.0,
    "occupant": -2.0,
    "elsewhere": -4.0,
    "stranger": -1.0,
    "namesake": -7.0,
    "namesake_unsuffixed": -2.0,
}
"""Bits, against one recorded person; the stranger's grows with the size of the place."""

EXPERT_WEIGHTS: dict[str, dict[str, dict[str, float]]] = {
    "suffix": {
        "this": {"none": 0.0, "exact": 3.0, "missing": -0.5, "differs": -9.0},
        "family": {"none": 0.0, "exact": -2.0, "missing": 0.0, "differs": 1.0},
    },
    "tin": {
        "this": {"missing": 0.0, "exact": 16.0, "differs": -5.0},
        "family": {"missing": 0.0, "exact": 9.0, "differs": 0.0},
    },
}
"""Bits of what is not learned: few requests have a suffix, and a number must never outweigh the address. A number is shared
or borrowed within a household in about one record of a hundred, so it tells 7 bits against the family."""


@dataclass(frozen=True, slots=True)
class TrainingPairs:
    """Candidate pairs in the order of their requests, as columns.

    `request` numbers the requests from 0; `levels` are numbered from 0; `bits` has the columns `BITS`, one value per
    pair; `neighbors` (log2), `confirmed` and `fold` have one value per request; `background[c]` is the share of each
    level among random pairs.
    """

    request_index: Ints
    levels: dict[str, Ints]
    bits: dict[str, Floats]
    neighbors: Floats
    confirmed: npt.NDArray[np.bool_]
    fold: Ints
    u_probabilities: WeightVectors

    def subset(self, requests: npt.NDArray[np.bool_]) -> "TrainingPairs":
        """The pairs of some of the requests."""
        keep = requests[self.request_index]
        renumbered = np.cumsum(requests) - 1
        return TrainingPairs(
            renumbered[self.request_index[keep]], {c: v[keep] for c, v in self.levels.items()},
            {c: v[keep] for c, v in self.bits.items()}, self.neighbors[requests], self.confirmed[requests],
            self.fold[requests], self.u_probabilities,
        )  # fmt: skip


def prior_m(name: str, stated: MProbabilities = DEFAULT_M) -> Floats:
    """M before any data, for a comparison or for `family_surname`."""
    if name in JOINT_COMPARISONS:
        one, other = (stated[c] for c in JOINT_COMPARISONS[name])
        return np.array([a * b for a in one.values() for b in other.values()])
    table, comparison = (FAMILY_SURNAME_M, "surname") if name == "family_surname" else (stated[name], name)
    return np.array([table[level] for level in level_names(comparison)])


def initial_weights(background: WeightVectors, stated: MProbabilities = DEFAULT_M) -> WeightVectors:
    """The weights before any label: log2 of m as stated (here, or by a Splink model) over u as counted."""
    surname_u = np.maximum(background["surname"], 1e-5)
    surname_u[:2] = 1.0, DEFAULT_M["surname"]["missing"]  # an exact surname is weighed by its own frequency
    person = np.maximum(background["person"], 1e-6).reshape(len(DEFAULT_M["given"]), len(DEFAULT_M["middle"]))
    given_u, middle_u = np.maximum(person.sum(axis=1), 1e-5), person.sum(axis=0)
    given_u[:2] = 1.0, DEFAULT_M["given"]["missing"]
    given_u[list(DEFAULT_M["given"]).index("middle")] = 1e-4
    weights = {
        "address": np.log2(prior_m("address", stated) / np.maximum(background["address"], 1e-6)),
        "unit": np.log2(prior_m("unit", stated) / np.maximum(background["unit"], 1e-2)),
        "place": np.array([PLACE_WEIGHTS[level] for level in level_names("place")]),
        "surname": np.log2(prior_m("surname", stated) / surname_u),
        "person": np.log2(prior_m("person", stated) / np.outer(given_u, middle_u).ravel()),
        "family_surname": np.log2(prior_m("family_surname") / surname_u),
        "family_person": np.zeros(len(level_names("person"))),
        "rivals": np.array([DEFAULT_PRIOR_WEIGHTS[name] for name in PRIOR_WEIGHT_NAMES]),
    }
    for name, shared in SHARED_SURNAME_WEIGHTS.items():
        weights[name][level_names("surname").index("shared")] = shared
    person = weights["person"].reshape(len(DEFAULT_M["given"]), len(DEFAULT_M["middle"]))
    person[list(DEFAULT_M["given"]).index("gendered")] = person[list(DEFAULT_M["given"]).index("distant")]
    return weights


class PenalizedLogLikelihood:
    """The score of every request under given weights, and how the loss changes with them."""

    def __init__(self, pairs: TrainingPairs) -> None:
        self.pairs = pairs
        self.request_starts = np.flatnonzero(np.r_[True, np.diff(pairs.request_index) > 0])
        self.pairs_per_request = np.diff(np.r_[self.request_starts, len(pairs.request_index)])
        self.is_given_exact = pairs.levels["person"] < len(DEFAULT_M["middle"])
        self.household_bits = np.minimum(pairs.bits["household"], MAX_HOUSEHOLD_BITS)

    def _repeat_per_pair(self, values: Floats) -> Floats:
        return np.repeat(values, self.pairs_per_request)

    def _hypothesis_weights(self, weights: WeightVectors) -> tuple[Floats, list[Floats]]:
        """Bits of `this` for each pair, and of the rivals family, occupant and elsewhere."""
        levels, bits, rivals = self.pairs.levels, self.pairs.bits, weights["rivals"]
        address = sum(
            (weights[c][levels[c]] for c in FITTED_ADDRESS_COMPARISONS), np.zeros(len(self.pairs.request_index))
        )
        address = address + bits["address_rarity"]
        names = weights["surname"][levels["surname"]] + weights["person"][levels["person"]]
        names = names + bits["person_rarity"] + bits["surname_rarity"]
        alike = np.log2(np.exp2(rivals[4]) + np.exp2(bits["first_frequency"])) - bits["first_frequency"]
        family = weights["family_surname"][levels["surname"]] + weights["family_person"][levels["person"]]
        family = family + bits["surname_rarity"] + np.where(self.is_given_exact, alike, 0.0)
        return address + names, [
            rivals[0] + self.household_bits + address + family,
            rivals[1] + 2 * bits["residents"] + address,
            rivals[2] + names,
        ]

    def _posterior_masses(self, weights: WeightVectors) -> tuple[Floats, Floats, list[Floats], list[Floats]]:
        """Shares (against the request's heaviest hypothesis) of each pair and each rival, and what they came from."""
        this, per_pair = self._hypothesis_weights(weights)
        strongest = [np.maximum.reduceat(h, self.request_starts) for h in per_pair]
        rivals = np.stack([*strongest, weights["rivals"][3] + self.pairs.neighbors])
        top = np.maximum(rivals.max(axis=0), np.maximum.reduceat(this, self.request_starts))
        return (
            np.exp2(np.maximum(this - self._repeat_per_pair(top), -80)),
            np.exp2(np.maximum(rivals - top, -80)),
            per_pair,
            strongest,
        )

    def _first_pair_per_request(self, chosen: npt.NDArray[np.bool_]) -> Ints:
        """The first chosen pair of each request."""
        hits = np.flatnonzero(chosen)
        return hits[np.unique(self.pairs.request_index[hits], return_index=True)[1]]

    def responsibilities(self, weights: WeightVectors) -> tuple[Floats, list[Floats], float]:
        """Who each request is about: the shares of each request sum to 1.

        One share per pair for `this`, one per pair for each of the rivals family, occupant and elsewhere, and the
        number of requests about strangers.
        """
        shares, rivals, per_pair, strongest = self._posterior_masses(weights)
        total = np.add.reduceat(shares, self.request_starts) + rivals.sum(axis=0)
        rival = []
        for i in range(3):
            each = np.zeros(len(shares))
            each[self._first_pair_per_request(per_pair[i] == self._repeat_per_pair(strongest[i]))] = rivals[i] / total
            rival.append(each)
        return shares / self._repeat_per_pair(total), rival, float((rivals[3] / total).sum())

    def raw_weights(self, weights: WeightVectors) -> Floats:
        """Log2 odds of each request's likeliest record against everything else."""
        shares, rivals, _, _ = self._posterior_masses(weights)
        best, total = np.maximum.reduceat(shares, self.request_starts), np.add.reduceat(shares, self.request_starts)
        result: Floats = np.log2(best) - np.log2(rivals.sum(axis=0) + total - best + 1e-12)
        return result

    def loss_and_gradient(
        self, weights: WeightVectors, start: WeightVectors, ridge: float
    ) -> tuple[float, WeightVectors]:
        """The penalized negative log likelihood of `confirmed`, in nats, and its gradient."""
        shares, rivals, per_pair, strongest = self._posterior_masses(weights)
        recorded, others = np.add.reduceat(shares, self.request_starts), rivals.sum(axis=0)
        z = np.log(recorded) - np.log(others)
        loss = float(np.logaddexp(0, np.where(self.pairs.confirmed, -z, z)).sum())
        slope = (1 / (1 + np.exp(-z)) - self.pairs.confirmed) * LN2
        gradient = {name: np.zeros_like(values) for name, values in weights.items()}
        levels = self.pairs.levels

        def add(name: str, comparison: str, values: Floats, at: Ints | slice = slice(None)) -> None:
            gradient[name] += np.bincount(levels[comparison][at], values, minlength=len(gradient[name]))

        of_this = self._repeat_per_pair(slope) * shares / self._repeat_per_pair(recorded)
        for comparison in FITTED_COMPARISONS:
            add(comparison, comparison, of_this)
        for i, name in enumerate(("family", "occupant", "elsewhere")):
            at = self._first_pair_per_request(per_pair[i] == self._repeat_per_pair(strongest[i]))
            push = -slope * rivals[i] / others
            gradient["rivals"][i] += push.sum()
            for comparison in {
                "family": FITTED_ADDRESS_COMPARISONS,
                "occupant": FITTED_ADDRESS_COMPARISONS,
                "elsewhere": FITTED_NAME_COMPARISONS,
            }[name]:
                add(comparison, comparison, push, at)
            if name == "family":
                add("family_surname", "surname", push, at)
                add("family_person", "person", push, at)
                custom = np.exp2(weights["rivals"][4])
                share = custom / (custom + np.exp2(self.pairs.bits["first_frequency"][at]))
                gradient["rivals"][4] += (push * share * self.is_given_exact[at]).sum()
        gradient["rivals"][3] -= (slope * rivals[3] / others).sum()
        for name, values in weights.items():
            loss += ridge * float(((values - start[name]) ** 2).sum())
            gradient[name] += 2 * ridge * (values - start[name])
        return loss, gradient


def _flatten(weights: WeightVectors) -> Floats:
    return np.concatenate([weights[name] for name in sorted(weights)])


def _unflatten(flat: Floats, like: WeightVectors) -> WeightVectors:
    names = sorted(like)
    ends = np.cumsum([len(like[name]) for name in names])
    return dict(zip(names, np.split(flat, ends[:-1]), strict=True))


def fit_supervised(
    pairs: TrainingPairs, start: WeightVectors, *, ridge: float = 0.3, steps: int = 200
) -> WeightVectors:
    """The weights that explain the labels best without going far from the start."""
    objective = PenalizedLogLikelihood(pairs)

    def loss(flat: Floats) -> tuple[float, Floats]:
        value, gradient = objective.loss_and_gradient(_unflatten(flat, start), start, ridge)
        return value, _flatten(gradient)

    found = minimize(loss, _flatten(start), jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return enforce_monotone_levels(_unflatten(found.x, start))


EM_TARGETS = {
    "address": ("address", (0, 1, 2)), "unit": ("unit", (0, 1, 2)), "surname": ("surname", (0, 3)), "person": ("person", (0, 3)),
    "family_surname": ("surname", (1,)),
}  # fmt: skip
"""What is learned without labels: of which comparison, and which hypotheses (this, family, occupant, elsewhere) draw
their levels from it. The given names of relatives are those of the population, so nothing is learned of them."""


def fit_em(
    pairs: TrainingPairs,
    start: WeightVectors,
    *,
    stated: MProbabilities = DEFAULT_M,
    rounds: int = 25,
    strength: float = 2000.0,
) -> WeightVectors:
    """The weights that expectation-maximization finds without a label, leaning on the start as on `strength` requests.

    Each round asks how likely each pair is under each hypothesis, and counts the levels with those shares.
    """
    objective, weights = PenalizedLogLikelihood(pairs), start
    first = {name: prior_m(name, stated) / prior_m(name, stated).sum() for name in EM_TARGETS}
    for _ in range(rounds):
        this, rivals, _ = objective.responsibilities(weights)
        shares = [this, *rivals]
        learned = {}
        for name, (comparison, sources) in EM_TARGETS.items():
            of = sum((shares[i] for i in sources), np.zeros(len(this)))
            counts = np.bincount(pairs.levels[comparison], of, minlength=len(first[name]))
            m = (counts + strength * first[name]) / (counts.sum() + strength)
            learned[name] = start[name] + np.log2(m / first[name])
        weights = weights | learned
    return enforce_monotone_levels(weights)


def enforce_monotone_levels(weights: WeightVectors) -> WeightVectors:
    """Another unit is never better evidence than no unit, nor another address than the very one, however few the data show."""
    unit, at = weights["unit"].copy(), level_names("unit").index
    unit[at("near")] = min(unit[at("near")], unit[at("exact")])
    unit[at("differs")] = min(unit[at("differs")], unit[at("missing")] - 1.0, unit[at("near")])
    exact = weights["address"][0]
    address = np.r_[exact, np.minimum(weights["address"][1:], exact - 1.0)]
    return weights | {"unit": unit, "address": address}


CALIBRATION_KNOTS = np.array([-40.0, -8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 13.0, 40.0])


def fit_calibration(
    raw: Floats, confirmed: npt.NDArray[np.bool_], *, ridge: float = 2.0, steps: int = 300
) -> list[tuple[float, float]]:
    """Knots (raw weight, calibrated weight) of an increasing function: maximum likelihood, slopes kept near 1."""
    spans = np.diff(CALIBRATION_KNOTS)
    covered = (
        np.clip((raw[:, None] - CALIBRATION_KNOTS[:-1]) / spans, 0, 1) * spans
    )  # how much of each span lies below the weight
    parameters = np.r_[CALIBRATION_KNOTS[0], np.zeros(len(spans))]  # height at the first knot, log slope of each span

    def loss(p: Floats) -> tuple[float, Floats]:
        slopes = np.exp(p[1:])
        z = (p[0] + covered @ slopes) * LN2
        residual = (1 / (1 + np.exp(-z)) - confirmed) * LN2
        value = np.logaddexp(0, np.where(confirmed, -z, z)).sum() + ridge * (p[1:] ** 2).sum()
        return float(value), np.r_[residual.sum(), (residual @ covered) * slopes + 2 * ridge * p[1:]]

    parameters = minimize(loss, parameters, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    heights = parameters[0] + np.r_[0.0, np.cumsum(np.exp(parameters[1:]) * spans)]
    return [(float(x), float(y)) for x, y in zip(CALIBRATION_KNOTS, heights, strict=True)]


IDENTITY_CALIBRATION = ((-40.0, -40.0), (40.0, 40.0))
"""The calibration of a model without labels: none."""


def to_model_dict(weights: WeightVectors, knots: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """The weights and the calibration as they stand in a model file; `model.stamped` makes it text."""

    def named(comparison: str, values: Any) -> dict[str, float]:
        return {level: round(float(v), 4) for level, v in zip(level_names(comparison), values, strict=True)}

    judged = {side: {c: sides[side] for c, sides in EXPERT_WEIGHTS.items()} for side in ("this", "family")}
    return {
        "format": MODEL_FORMAT,
        "this": {c: named(c, weights[c]) for c in FITTED_COMPARISONS} | judged["this"],
        "family": {c: named(c, weights[f"family_{c}"]) for c in FITTED_NAME_COMPARISONS} | judged["family"],
        "rivals": {name: round(float(v), 4) for name, v in zip(PRIOR_WEIGHT_NAMES, weights["rivals"], strict=True)},
        "calibration": [[round(x, 4), round(y, 4)] for x, y in knots],
    }
