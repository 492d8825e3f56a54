"""Estimate what a batch is mixed of: how many requests are about whom, from likelihoods alone.

The estimate is that of maximum likelihood over the shares, by EM, with every likelihood as it is. It uses no label, no
name and nothing else of a request; a request that has no candidate record counts among the others.

Guarantees: the same for the same requests in any order; the limits cover for shares that are well inside (0, 1).
Does not: say what a range allows (`population_check` does), or change a determination.
Basis: Saerens, Latinne and Decaestecker 2002; Garg et al. 2020 (what EM over shares needs); ADR 0053.
Start at `estimate_mixture`.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from comity.model.likelihoods import HYPOTHESES, NO_CANDIDATE, Codes, decode_likelihoods

Floats = npt.NDArray[np.float64]

_MAX_ROUNDS = 5_000
_SETTLED_REQUESTS = 1e-3
"""EM ends when a round moves less than this many requests from any hypothesis to another."""
_MIN_REQUESTS = 0.5
"""A hypothesis that is about fewer requests than this is left out when the spread is computed."""
_GROUPS = np.array([[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1]], float)


@dataclass(frozen=True, slots=True)
class Mixture:
    """The estimated shares of a batch.

    Attributes:
        requests: how many requests it rests on.
        shares: of requests about a person on record; about a member of that household who is on no record; and about
            anybody else: an occupant, a person who lives elsewhere, a stranger. They add up to 1.
        covariance: of the three shares.
    """

    requests: int
    shares: Floats
    covariance: Floats

    def limits_of_valid(self, deviations: float) -> tuple[float, float]:
        """Return the limits of the share of requests about a person on record, so many standard deviations away."""
        spread = deviations * float(np.sqrt(self.covariance[0, 0]))
        return max(float(self.shares[0]) - spread, 0.0), float(self.shares[0]) + spread

    def excess(self, group: int, most: float) -> float:
        """Return by how many standard deviations a group (1 or 2) has more than `most` requests for each valid one."""
        contrast = np.zeros(3)
        contrast[group], contrast[0] = 1.0, -most
        variance = float(contrast @ self.covariance @ contrast)
        return float(contrast @ self.shares) / math.sqrt(max(variance, 1e-300))


def estimate_mixture(codes: Codes) -> Mixture:
    """Return what requests are mixed of, given the code of each (`comity.model.likelihoods`); at least one request."""
    cells, counts = np.unique(codes, return_counts=True)
    likelihoods = np.column_stack([decode_likelihoods(cells), cells == NO_CANDIDATE])
    shares = _fit_shares(likelihoods, counts)
    covariance = _GROUPS @ _estimate_covariance(likelihoods, counts, shares) @ _GROUPS.T
    return Mixture(int(counts.sum()), _GROUPS @ shares, covariance)


def _fit_shares(likelihoods: Floats, counts: npt.NDArray[np.int64]) -> Floats:
    total = counts.sum()
    shares = np.full(len(HYPOTHESES) + 1, 1 / (len(HYPOTHESES) + 1))
    for _ in range(_MAX_ROUNDS):
        ratios = likelihoods / (likelihoods @ shares)[:, None]
        moved: Floats = shares * (counts @ ratios) / total
        is_settled = np.abs(moved - shares).max() * total < _SETTLED_REQUESTS
        shares = moved
        if is_settled:
            break
    return shares


def _estimate_covariance(likelihoods: Floats, counts: npt.NDArray[np.int64], shares: Floats) -> Floats:
    """Return the covariance of the shares, from the information that the requests have of them."""
    total = counts.sum()
    used = np.flatnonzero(shares * total > _MIN_REQUESTS)
    ratios = likelihoods[:, used] / (likelihoods @ shares)[:, None]
    information = (ratios * counts[:, None]).T @ ratios / total
    covariance = np.zeros((len(shares), len(shares)))
    spread = np.linalg.pinv(information, hermitian=True) - np.outer(shares[used], shares[used])
    covariance[np.ix_(used, used)] = spread / total
    return covariance
