"""What labels say of a population: its shares, and how much each label counts in another population.

A label of a request that is about nobody on record counts, in another population, as many times as such requests are
more frequent there: the likelihood of what was seen under that population's rivals, over that under the labels' own.
That holds as long as the populations differ in how many requests there are of each kind, and not in how a person of one
kind writes names and addresses.

Guarantees: weights depend on what was seen of a request and not on its label; deterministic.
Does not: match (`comity.match.request_hypotheses` does), or choose a threshold (`thresholds`).
Basis: Saerens, Latinne and Decaestecker 2002; Lipton, Wang and Smola 2018 (label shift); ADR 0044.
Start at `fit_shares`, then `weigh_if_wrong`.
"""

import numpy as np
import numpy.typing as npt

from comity.evaluate.labelled_data import BoolArray
from comity.match.request_hypotheses import RequestHypotheses
from comity.match.scoring import RIVAL_HYPOTHESES
from comity.model.shares import SHARE_NAMES, Shares

Floats = npt.NDArray[np.float64]
_LN2 = float(np.log(2))
_MAX_SHIFT_BITS = 16.0
"""How far from where it starts a share is looked for, in bits; else it has no end where no request tells of a rival."""


def _shift_bits(shares: Shares, other: Shares) -> Floats:
    """Return by how many bits the weight of each rival differs under other shares."""
    return np.array([other.weights[name] - shares.weights[name] for name in RIVAL_HYPOTHESES])


def fit_shares(hypotheses: RequestHypotheses, confirmed: BoolArray) -> Shares:
    """Return the shares under which labels are likeliest, with all evidence as it is (maximum likelihood).

    `confirmed` is in the order of `hypotheses`. The shares of namesakes stay as they are.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  no page or command pays for it at start

    def loss_and_gradient(shift: Floats) -> tuple[float, Floats]:
        rivals = hypotheses.rivals + shift
        highest = np.maximum(rivals.max(axis=1), hypotheses.on_record)
        masses = np.exp2(rivals - highest[:, None])
        total = masses.sum(axis=1)
        z = (hypotheses.on_record - highest) * _LN2 - np.log(total)
        loss = float(np.logaddexp(0, np.where(confirmed, -z, z)).sum())
        residual = 1 / (1 + np.exp(-np.clip(z, -700, 700))) - confirmed
        gradient: Floats = -(residual / total) @ masses * _LN2
        return loss, gradient

    bounds = [(-_MAX_SHIFT_BITS, _MAX_SHIFT_BITS)] * len(RIVAL_HYPOTHESES)
    fitted: Floats = minimize(loss_and_gradient, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = hypotheses.shares.weights | {
        name: hypotheses.shares.weights[name] + float(bits) for name, bits in zip(RIVAL_HYPOTHESES, fitted, strict=True)
    }
    return Shares.from_weights(weights[name] for name in SHARE_NAMES)


def weigh_if_wrong(hypotheses: RequestHypotheses, labels: Shares, population: Shares) -> Floats:
    """Return how many requests of the population each request stands for, if it is about nobody on record.

    One that is about a person on record stands for one. `labels` are the shares of the labels' own population.
    """
    masses = np.exp2(hypotheses.rivals - hypotheses.rivals.max(axis=1, keepdims=True))
    own = masses @ np.exp2(_shift_bits(hypotheses.shares, labels))
    weight: Floats = masses @ np.exp2(_shift_bits(hypotheses.shares, population)) / own
    return weight
