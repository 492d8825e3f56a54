"""Compute powers of two and binary logarithms with the same bits on every processor.

NumPy, DuckDB and the C library choose their exp2 and log2 by the processor, and the results differ in the last bit.
Evidence must not: whoever replays a determination has another processor. Here both are sums and products of IEEE 754
doubles in one order, and compiled code contracts none of them into a fused multiplication and addition. The tables are
computed in decimal arithmetic, which is exact.

Guarantees: the same result on every processor; an error of less than 0.75 units in the last place of a power, and of
less than 1.5 of a logarithm; the power of a whole number and the logarithm of a power of two are exact.
Does not: serve training, whose model is a file and not computed again.
Basis: ADR 0046; Tang 1989 and 1990 (tables and short polynomials).
Start at `compute_exp2`.
"""

import math
from decimal import Context, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import kernel

Floats = npt.NDArray[np.float64]

_STEPS = 128
"""Entries of a table for each doubling, so that a polynomial covers 1/256 to either side."""
_EXP2_TERMS, _LOG2_TERMS = 5, 7
_MIN_EXPONENT, _MAX_EXPONENT, _ZERO_BELOW = -1022, 1023, -1075.0
_FIRST_NODE, _LAST_NODE = 90, 181
"""The nodes of log2 in steps of 1/128: every number from sqrt(1/2) to sqrt(2) is at most 1/256 from one of them."""
_RECIPROCAL_BITS, _HEAD_BITS = 12, 40
_DECIMAL = Context(prec=40)
_LN2 = _DECIMAL.ln(Decimal(2))


def _split(value: Decimal, bits: int | None = None) -> tuple[float, float]:
    """Return a number as a double and the rest; the double has at most so many bits behind the point, if given."""
    head = float(value) if bits is None else round(float(value) * 2.0**bits) / 2.0**bits
    return head, float(_DECIMAL.subtract(value, Decimal(head)))


def _exp2_tables() -> tuple[Floats, Floats, Floats]:
    """Return 2^(i/128) as heads and tails, and the coefficients ln(2)^k / k! of 2^r - 1."""
    powers = [_split(_DECIMAL.power(Decimal(2), _DECIMAL.divide(Decimal(i), Decimal(_STEPS)))) for i in range(_STEPS)]
    terms = [
        float(_DECIMAL.divide(_DECIMAL.power(_LN2, k), Decimal(math.factorial(k)))) for k in range(1, _EXP2_TERMS + 1)
    ]
    heads, tails = (np.array(column) for column in zip(*powers, strict=True))
    return heads, tails, np.array(terms)


def _log2_tables() -> tuple[Floats, Floats, Floats, Floats]:
    """Return short reciprocals of the nodes, minus their log2 as heads and tails, and coefficients of log2(1 + r)."""
    reciprocals = [
        round(_STEPS / node * 2.0**_RECIPROCAL_BITS) / 2.0**_RECIPROCAL_BITS
        for node in range(_FIRST_NODE, _LAST_NODE + 1)
    ]
    logarithms = [
        _split(_DECIMAL.divide(_DECIMAL.minus(_DECIMAL.ln(Decimal(value))), _LN2), _HEAD_BITS) for value in reciprocals
    ]
    terms = [
        float(_DECIMAL.divide(Decimal((-1) ** (k + 1)), _DECIMAL.multiply(Decimal(k), _LN2)))
        for k in range(1, _LOG2_TERMS + 1)
    ]
    heads, tails = (np.array(column) for column in zip(*logarithms, strict=True))
    return np.array(reciprocals), heads, tails, np.array(terms)


_HEADS, _TAILS, _EXP2_COEFFICIENTS = _exp2_tables()
_RECIPROCALS, _LOG2_HEADS, _LOG2_TAILS, _LOG2_COEFFICIENTS = _log2_tables()
_SCALES = np.array([2.0**e for e in range(_MIN_EXPONENT, _MAX_EXPONENT + 1)])
_E1, _E2, _E3, _E4, _E5 = _EXP2_COEFFICIENTS.tolist()
_L1, _L2, _L3, _L4, _L5, _L6, _L7 = _LOG2_COEFFICIENTS.tolist()
_SQRT_TWO = math.sqrt(2.0)
_STEP_BITS, _STEP_MASK, _ROUNDING = 7, _STEPS - 1, 2.0**18 + 0.5
_BIAS, _FRACTION_BITS, _FRACTION_MASK, _ONE_BITS = 1023, 52, (1 << 52) - 1, 1023 << 52
"""How a double holds an exponent and a fraction (IEEE 754-2019, 3.4)."""


def compute_exp2(values: npt.NDArray[Any]) -> Floats:
    """Return 2 to the power of each value of a column.

    >>> compute_exp2(np.array([-1.0, 0.0, 10.0])).tolist()
    [0.5, 1.0, 1024.0]
    """
    powers = np.empty(len(values), np.float64)
    _fill_exp2(values.astype(np.float64), powers)
    return powers


def compute_log2(values: npt.NDArray[Any]) -> Floats:
    """Return the binary logarithm of each value of a column; minus infinity for 0, and no number for less.

    >>> compute_log2(np.array([0.5, 1, 1024])).tolist()
    [-1.0, 0.0, 10.0]
    """
    logarithms = np.empty(len(values), np.float64)
    _fill_log2(values.astype(np.float64), logarithms)
    return logarithms


@kernel
def _fill_exp2(values: Floats, out: Floats) -> None:
    for i in range(len(values)):
        out[i] = exp2(values[i])


@kernel
def _fill_log2(values: Floats, out: Floats) -> None:
    for i in range(len(values)):
        out[i] = log2(values[i])


@kernel
def exp2(x: float) -> float:
    """Return 2 to the power of x: 2^e * 2^(i/128) * (1 + p(r)), where r is at most 1/256."""
    if not x < _MAX_EXPONENT + 1:
        return x + math.inf  # infinity; no number stays none
    if x < _ZERO_BELOW:
        return 0.0
    step = int(x * _STEPS + _ROUNDING) - int(_ROUNDING)
    r = x - step / _STEPS
    p = (_E1 + (_E2 + (_E3 + (_E4 + _E5 * r) * r) * r) * r) * r
    i, exponent = step & _STEP_MASK, step >> _STEP_BITS
    value: float = _HEADS[i] + (_TAILS[i] + _HEADS[i] * p)
    if exponent < _MIN_EXPONENT:  # too small to have all its bits: they are rounded once
        value *= _SCALES[0]
        exponent -= _MIN_EXPONENT
    value *= _SCALES[exponent - _MIN_EXPONENT]
    return value


@kernel
def log2(x: float) -> float:
    """Return the binary logarithm of x.

    With x = 2^e * m and a short number c near 1/m it is e - log2(c) + log2(1 + r), where r = c * m - 1.
    """
    if not 0.0 < x < math.inf:
        return -math.inf if x == 0.0 else x if x > 0.0 else math.nan
    exponent = -_BIAS
    if x < _SCALES[0]:  # below 2^-1022 a double has no leading bit
        x, exponent = x * 2.0**54, exponent - 54
    bits = np.float64(x).view(np.int64)
    exponent += int(bits >> _FRACTION_BITS)
    m = np.int64((bits & _FRACTION_MASK) | _ONE_BITS).view(np.float64)
    if m > _SQRT_TWO:
        m, exponent = m * 0.5, exponent + 1
    node = int(m * _STEPS + 0.5) - _FIRST_NODE
    upper = float(np.float32(m))  # the product of 24 bits and 13 is exact, and so is the difference to 1
    r = (upper * _RECIPROCALS[node] - 1.0) + (m - upper) * _RECIPROCALS[node]
    p = (_L1 + (_L2 + (_L3 + (_L4 + (_L5 + (_L6 + _L7 * r) * r) * r) * r) * r) * r) * r
    result: float = (exponent + _LOG2_HEADS[node]) + (_LOG2_TAILS[node] + p)
    return result
