"""Fit a calibration: an increasing, piecewise linear function from raw weights to calibrated ones.

Guarantees: the knots strictly increase in both coordinates.
Does not: apply a calibration (`scoring.apply_calibration` does).
Basis: maximum likelihood; L-BFGS (Byrd, Lu, Nocedal and Zhu 1995).
Start at `fit_calibration`.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from comity.match.training.priors import Floats

CALIBRATION_KNOTS = np.array([-40.0, -8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 13.0, 40.0])
IDENTITY_CALIBRATION = ((-40.0, -40.0), (40.0, 40.0))
"""The calibration of a model without labels: none."""
_LN2 = float(np.log(2))


def fit_calibration(
    raw_weights: Floats, confirmed: npt.NDArray[np.bool_], *, ridge: float = 2.0, steps: int = 300
) -> list[tuple[float, float]]:
    """Return knots (raw weight, calibrated weight) fitted to labels, with a penalty on slopes other than 1."""
    spans = np.diff(CALIBRATION_KNOTS)
    # how much of each span between knots is below the weight
    covered = np.clip((raw_weights[:, None] - CALIBRATION_KNOTS[:-1]) / spans, 0, 1) * spans
    # the calibrated weight at the first knot, then the log slope of each span
    parameters = np.r_[CALIBRATION_KNOTS[0], np.zeros(len(spans))]

    def loss_and_gradient(p: Floats) -> tuple[float, Floats]:
        slopes = np.exp(p[1:])
        z = (p[0] + covered @ slopes) * _LN2
        residual = (1 / (1 + np.exp(-z)) - confirmed) * _LN2
        loss = np.logaddexp(0, np.where(confirmed, -z, z)).sum() + ridge * (p[1:] ** 2).sum()
        return float(loss), np.r_[residual.sum(), (residual @ covered) * slopes + 2 * ridge * p[1:]]

    parameters = minimize(loss_and_gradient, parameters, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    calibrated = parameters[0] + np.r_[0.0, np.cumsum(np.exp(parameters[1:]) * spans)]
    return [(float(x), float(y)) for x, y in zip(CALIBRATION_KNOTS, calibrated, strict=True)]
