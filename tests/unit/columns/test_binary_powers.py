"""Powers of two and binary logarithms, held to decimal arithmetic of 50 digits."""

import math
from collections.abc import Callable
from decimal import Context, Decimal

import numpy as np
import numpy.typing as npt
import pytest

from comity.columns.binary_powers import compute_exp2, compute_log2, exp2, log2
from tests.support.powers_table import HOSTILE_LOGARITHMS, HOSTILE_POWERS, draw_logarithms, draw_powers

EXACT = Context(prec=50)
LN2 = EXACT.ln(Decimal(2))


def power_of_two(x: float) -> Decimal:
    return EXACT.power(Decimal(2), Decimal(x))


def binary_logarithm(x: float) -> Decimal:
    return EXACT.divide(EXACT.ln(Decimal(x)), LN2)


@pytest.mark.parametrize(
    ("compute", "exact", "drawn", "most"),
    [
        (compute_exp2, power_of_two, draw_powers(1_500), 0.75),
        (compute_log2, binary_logarithm, draw_logarithms(1_500), 1.5),
    ],
)
def test_results_are_within_a_unit_in_the_last_place(
    compute: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]],
    exact: Callable[[float], Decimal],
    drawn: npt.NDArray[np.float64],
    most: float,
) -> None:
    for x, found in zip(drawn.tolist(), compute(drawn).tolist(), strict=True):
        expected = exact(x)
        error = abs(EXACT.subtract(Decimal(found), expected)) / Decimal(math.ulp(float(expected)))
        assert error <= most, x


def test_whole_powers_are_exact_in_both_directions() -> None:
    exponents = range(-1074, 1024)
    assert [exp2(float(e)) for e in exponents] == [2.0**e for e in exponents]
    assert [log2(2.0**e) for e in exponents] == list(exponents)


def test_what_no_number_can_hold() -> None:
    assert compute_exp2(np.array([-math.inf, -1e308, -1075.5, 1024.0, 1e308, math.inf])).tolist() == [
        *[0.0] * 3,
        *[math.inf] * 3,
    ]
    assert compute_log2(np.array([0.0, -0.0, math.inf])).tolist() == [-math.inf, -math.inf, math.inf]
    undefined = [exp2(math.nan), log2(math.nan), log2(-5e-324), log2(-math.inf)]
    assert all(map(math.isnan, undefined))


def test_columns_of_other_types_and_empty_ones_are_taken() -> None:
    assert compute_log2(np.array([1, 2, 4], np.uint32)).tolist() == [0, 1, 2]
    assert compute_exp2(np.array([0.5], np.float32)).tolist() == [exp2(0.5)]
    assert compute_exp2(np.empty(0)).tolist() == compute_log2(np.empty(0, np.int64)).tolist() == []


def test_a_larger_value_never_has_a_smaller_result() -> None:
    """Evidence must not fall when a weight rises; neighbors are the hardest, where two table entries meet."""
    seams = np.concatenate([np.arange(-4096, 4096) / 256, [math.sqrt(2), math.sqrt(0.5)]])
    for compute, values in ((compute_exp2, seams), (compute_log2, np.abs(seams) + 2.0**-20)):
        near = np.sort(np.concatenate([values, np.nextafter(values, math.inf), np.nextafter(values, -math.inf)]))
        assert (np.diff(compute(near)) >= 0).all()


def test_the_tables_hold_what_is_hard() -> None:
    assert {0.0, math.inf, 5e-324} <= {abs(x) for x in (*HOSTILE_POWERS, *HOSTILE_LOGARITHMS)}
