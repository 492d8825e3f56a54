"""The fit of a calibration."""

import numpy as np
import pytest

from comity.match.training.calibration import fit_calibration


def test_calibration_increases_and_finds_a_known_bias() -> None:
    draw = np.random.default_rng(3)
    raw = draw.normal(0, 4, 20000)
    truth = draw.random(20000) < 1 / (1 + np.exp2(-(raw - 1.5)))
    knots = np.array(fit_calibration(raw, truth))
    assert (np.diff(knots, axis=0) > 0).all()
    assert np.interp(0.0, knots[:, 0], knots[:, 1]) == pytest.approx(-1.5, abs=0.4)
