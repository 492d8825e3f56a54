"""Draw values on which powers of two and binary logarithms may go wrong: hostile ones, and random ones."""

import math

import numpy as np
import numpy.typing as npt

_TINY, _LARGEST = 5e-324, 1.7976931348623157e308
HOSTILE_POWERS = (
    *(0.0, -0.0, _TINY, -_TINY, 1e-17, -1e-17, math.inf, -math.inf, math.nan, _LARGEST, -_LARGEST),
    *(1024.0, 1023.9999999999999, -1021.5, -1022.0, -1022.5, -1073.9, -1074.0, -1074.5, -1075.0, -1075.1),
    *(k / 256 for k in range(-513, 514)),
)
HOSTILE_LOGARITHMS = (
    *(0.0, -0.0, _TINY, 2 * _TINY, 2.0**-1022, math.nextafter(2.0**-1022, 0), _LARGEST, math.inf, math.nan, -1.0),
    *(math.nextafter(1.0, 0.0), 1.0, math.nextafter(1.0, 2.0), math.sqrt(2), math.nextafter(math.sqrt(2), 2)),
    *(k / 256 for k in range(1, 1025)),
)


def draw_powers(count: int) -> npt.NDArray[np.float64]:
    """Return exponents: over all that a double holds, over those of evidence, and near 0."""
    rng = np.random.default_rng(11)
    return np.concatenate([rng.uniform(low, high, count) for low, high in ((-1074, 1024), (-60, 0), (-1e-3, 1e-3))])


def draw_logarithms(count: int) -> npt.NDArray[np.float64]:
    """Return positive values: over all that a double holds, shares, and near 1."""
    rng = np.random.default_rng(12)
    scales = np.array([math.ldexp(1.0, e) for e in rng.integers(-1074, 1023, count).tolist()])
    drawn = [scales * rng.uniform(1, 2, count), rng.uniform(0, 1, count), rng.uniform(0.99, 1.01, count)]
    values = np.concatenate(drawn)
    positive: npt.NDArray[np.float64] = values[(values > 0) & (values != 1)]
    return positive
