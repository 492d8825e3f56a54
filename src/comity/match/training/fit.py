"""Fit weights: by conditional maximum likelihood with labels, by expectation-maximization without.

Labels move each weight from its start only as far as they support: the log likelihood of the labels, less a ridge
around the start.

Guarantees: deterministic; arrays only, no loop over rows.
Does not: make pairs (`training_pairs.py`) or choose the start (`priors.py`).
Basis: the hypotheses of `match_model.py`; gradients of a log of sums of exponentials; L-BFGS (Byrd, Lu, Nocedal and
Zhu 1995); expectation-maximization (Dempster, Laird and Rubin 1977).
Start at `fit_supervised`.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from comity.match.comparisons import COMPARISONS
from comity.match.scoring import MAX_HOUSEHOLD_BITS
from comity.match.training.priors import (
    DEFAULT_M,
    FITTED_ADDRESS_COMPARISONS,
    FITTED_COMPARISONS,
    FITTED_NAME_COMPARISONS,
    Floats,
    MProbabilities,
    WeightVectors,
    prior_m,
)
from comity.match.training.training_pairs import Ints, TrainingPairs

_LN2 = float(np.log(2))
EM_TARGETS = {
    "address": ("address", (0, 1, 2)),
    "unit": ("unit", (0, 1, 2)),
    "surname": ("surname", (0, 3)),
    "person": ("person", (0, 3)),
    "family_surname": ("surname", (1,)),
}
"""What `fit_em` estimates m of: the comparison, and which hypotheses' pairs count (this, family, occupant, elsewhere).
The given names of relatives are those of the population, so their m is not estimated."""


class PenalizedLogLikelihood:
    """The loss of weights on labeled requests, its gradient, and the posterior of each hypothesis."""

    def __init__(self, pairs: TrainingPairs) -> None:
        self.pairs = pairs
        self.request_starts = np.flatnonzero(np.r_[True, np.diff(pairs.request_index) > 0])
        self.pairs_per_request = np.diff(np.r_[self.request_starts, len(pairs.request_index)])
        is_given_exact = COMPARISONS["given"].mask(lambda level: level.is_exact)[1:]
        self.is_given_exact = np.repeat(is_given_exact, len(COMPARISONS["middle"].levels))[pairs.levels["person"]]
        self.household_bits = np.minimum(pairs.bits["household"], MAX_HOUSEHOLD_BITS)

    def _repeat_per_pair(self, values: Floats) -> Floats:
        return np.repeat(values, self.pairs_per_request)

    def _hypothesis_weights(self, weights: WeightVectors) -> tuple[Floats, list[Floats]]:
        """Return the weight of each pair under `this`, and under the rivals family, occupant and elsewhere."""
        levels, bits, priors = self.pairs.levels, self.pairs.bits, weights["rivals"]
        address = sum(
            (weights[name][levels[name]] for name in FITTED_ADDRESS_COMPARISONS),
            np.zeros(len(self.pairs.request_index)),
        )
        address = address + bits["address_rarity"]
        name = weights["surname"][levels["surname"]] + weights["person"][levels["person"]]
        name = name + bits["person_rarity"] + bits["surname_rarity"]
        namesake = np.log2(np.exp2(priors[4]) + np.exp2(bits["first_frequency"])) - bits["first_frequency"]
        family = weights["family_surname"][levels["surname"]] + weights["family_person"][levels["person"]]
        family = family + bits["surname_rarity"] + np.where(self.is_given_exact, namesake, 0.0)
        return address + name, [
            priors[0] + self.household_bits + address + family,
            priors[1] + 2 * bits["residents"] + address,
            priors[2] + name,
        ]

    def _posterior_masses(self, weights: WeightVectors) -> tuple[Floats, Floats, list[Floats], list[Floats]]:
        """Return the likelihoods of each pair and of each rival, relative to the request's likeliest hypothesis.

        Returns:
            The likelihood of each pair under `this`; of each rival per request (family, occupant, elsewhere, stranger);
            the rivals' weights per pair; and their largest weight per request.
        """
        this, per_pair = self._hypothesis_weights(weights)
        largest = [np.maximum.reduceat(weight, self.request_starts) for weight in per_pair]
        rivals = np.stack([*largest, weights["rivals"][3] + self.pairs.neighbors])
        max_weight = np.maximum(rivals.max(axis=0), np.maximum.reduceat(this, self.request_starts))
        return (
            np.exp2(np.maximum(this - self._repeat_per_pair(max_weight), -80)),
            np.exp2(np.maximum(rivals - max_weight, -80)),
            per_pair,
            largest,
        )

    def _first_pair_per_request(self, is_chosen: npt.NDArray[np.bool_]) -> Ints:
        """Return the position of each request's first chosen pair."""
        positions = np.flatnonzero(is_chosen)
        return positions[np.unique(self.pairs.request_index[positions], return_index=True)[1]]

    def responsibilities(self, weights: WeightVectors) -> tuple[Floats, list[Floats], float]:
        """Return the posterior of each hypothesis; those of one request sum to 1.

        Returns:
            The posterior of each pair under `this`; of each pair under the rivals family, occupant and elsewhere; and
            the expected number of requests about strangers.
        """
        this, rivals, per_pair, largest = self._posterior_masses(weights)
        total = np.add.reduceat(this, self.request_starts) + rivals.sum(axis=0)
        posteriors = []
        for i in range(3):
            posterior = np.zeros(len(this))
            best_pair = self._first_pair_per_request(per_pair[i] == self._repeat_per_pair(largest[i]))
            posterior[best_pair] = rivals[i] / total
            posteriors.append(posterior)
        return this / self._repeat_per_pair(total), posteriors, float((rivals[3] / total).sum())

    def raw_weights(self, weights: WeightVectors) -> Floats:
        """Return log2 of the odds of each request's likeliest record against everything else."""
        this, rivals, _, _ = self._posterior_masses(weights)
        best, total = np.maximum.reduceat(this, self.request_starts), np.add.reduceat(this, self.request_starts)
        result: Floats = np.log2(best) - np.log2(rivals.sum(axis=0) + total - best + 1e-12)
        return result

    def loss_and_gradient(
        self, weights: WeightVectors, start: WeightVectors, ridge: float
    ) -> tuple[float, WeightVectors]:
        """Return the negative log likelihood of the labels in nats, plus `ridge` times the squared distance to `start`.

        The second value is the gradient.
        """
        this, rivals, per_pair, largest = self._posterior_masses(weights)
        recorded, others = np.add.reduceat(this, self.request_starts), rivals.sum(axis=0)
        z = np.log(recorded) - np.log(others)
        loss = float(np.logaddexp(0, np.where(self.pairs.confirmed, -z, z)).sum())
        slope = (1 / (1 + np.exp(-z)) - self.pairs.confirmed) * _LN2
        gradient = {name: np.zeros_like(values) for name, values in weights.items()}
        levels = self.pairs.levels

        def add(name: str, comparison: str, values: Floats, pairs: Ints | slice = slice(None)) -> None:
            gradient[name] += np.bincount(levels[comparison][pairs], values, minlength=len(gradient[name]))

        of_this = self._repeat_per_pair(slope) * this / self._repeat_per_pair(recorded)
        for comparison in FITTED_COMPARISONS:
            add(comparison, comparison, of_this)
        comparisons_by_rival = {
            "family": FITTED_ADDRESS_COMPARISONS,
            "occupant": FITTED_ADDRESS_COMPARISONS,
            "elsewhere": FITTED_NAME_COMPARISONS,
        }
        for i, (rival, comparisons) in enumerate(comparisons_by_rival.items()):
            best_pair = self._first_pair_per_request(per_pair[i] == self._repeat_per_pair(largest[i]))
            of_rival = -slope * rivals[i] / others
            gradient["rivals"][i] += of_rival.sum()
            for comparison in comparisons:
                add(comparison, comparison, of_rival, best_pair)
            if rival == "family":
                add("family_surname", "surname", of_rival, best_pair)
                add("family_person", "person", of_rival, best_pair)
                by_custom = np.exp2(weights["rivals"][4])
                custom_share = by_custom / (by_custom + np.exp2(self.pairs.bits["first_frequency"][best_pair]))
                gradient["rivals"][4] += (of_rival * custom_share * self.is_given_exact[best_pair]).sum()
        gradient["rivals"][3] -= (slope * rivals[3] / others).sum()
        for name, values in weights.items():
            loss += ridge * float(((values - start[name]) ** 2).sum())
            gradient[name] += 2 * ridge * (values - start[name])
        return loss, gradient


def fit_supervised(
    pairs: TrainingPairs, start: WeightVectors, *, ridge: float = 0.3, steps: int = 200
) -> WeightVectors:
    """Return the weights that maximize the likelihood of the labels, with a penalty on their distance to `start`."""
    likelihood = PenalizedLogLikelihood(pairs)

    def loss_and_gradient(flat: Floats) -> tuple[float, Floats]:
        loss, gradient = likelihood.loss_and_gradient(_unflatten(flat, start), start, ridge)
        return loss, _flatten(gradient)

    result = minimize(loss_and_gradient, _flatten(start), jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return enforce_monotone_levels(_unflatten(result.x, start))


def fit_em(
    pairs: TrainingPairs,
    start: WeightVectors,
    *,
    m: MProbabilities = DEFAULT_M,
    rounds: int = 25,
    strength: float = 2000.0,
) -> WeightVectors:
    """Return the weights that expectation-maximization finds without labels.

    Each round computes the posterior of each hypothesis for each pair, then counts levels weighted by it. The stated
    `m` counts as much as `strength` pairs.
    """
    likelihood, weights = PenalizedLogLikelihood(pairs), start
    stated_m = {name: prior_m(name, m) / prior_m(name, m).sum() for name in EM_TARGETS}
    for _ in range(rounds):
        this, rivals, _ = likelihood.responsibilities(weights)
        posteriors = [this, *rivals]
        updated = {}
        for name, (comparison, hypotheses) in EM_TARGETS.items():
            responsibility = sum((posteriors[i] for i in hypotheses), np.zeros(len(this)))
            counts = np.bincount(pairs.levels[comparison], responsibility, minlength=len(stated_m[name]))
            new_m = (counts + strength * stated_m[name]) / (counts.sum() + strength)
            updated[name] = start[name] + np.log2(new_m / stated_m[name])
        weights = weights | updated
    return enforce_monotone_levels(weights)


def enforce_monotone_levels(weights: WeightVectors) -> WeightVectors:
    """Return weights in which, whatever few data show, a worse level of unit or address never outweighs a better one.

    Another unit weighs less than a missing one, and any other address less than the exact one.
    """
    unit, index = weights["unit"].copy(), {level.name: i for i, level in enumerate(COMPARISONS["unit"].levels)}
    unit[index["TYPO"]] = min(unit[index["TYPO"]], unit[index["EXACT"]])
    unit[index["DIFFERENT"]] = min(unit[index["DIFFERENT"]], unit[index["NULL"]] - 1.0, unit[index["TYPO"]])
    exact = weights["address"][0]
    address = np.r_[exact, np.minimum(weights["address"][1:], exact - 1.0)]
    return weights | {"unit": unit, "address": address}


def _flatten(weights: WeightVectors) -> Floats:
    return np.concatenate([weights[name] for name in sorted(weights)])


def _unflatten(flat: Floats, like: WeightVectors) -> WeightVectors:
    names = sorted(like)
    ends = np.cumsum([len(like[name]) for name in names])
    return dict(zip(names, np.split(flat, ends[:-1]), strict=True))
