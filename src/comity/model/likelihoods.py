"""How likely what a request says is under each hypothesis about whom it is about, kept in one number for each request.

What a whole batch is mixed of is estimated from these (`comity.decide.mixture`), and they say nothing of any one value:
five likelihoods, each in half bits below the largest.

Guarantees: a code of four bytes for each request, so that a large batch costs little; the same likelihoods have the
same code, whatever shares the request was weighed with.
Does not: weigh (`comity.match.scoring` does).
Basis: ADR 0053.
Start at `encode_likelihoods`.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]

HYPOTHESES = ("on_record", "family", "occupant", "elsewhere", "stranger")
"""The people on candidate records, all together, and the rivals of `comity.match.scoring`, in this order."""
NO_CANDIDATE = -1
"""The code of a request that has no candidate record."""
_STEPS_PER_BIT, _BITS_PER_FIELD = 2, 6
_LAST_STEP = 2**_BITS_PER_FIELD - 1
_STEP_LIKELIHOODS = np.array([2.0 ** (-step / _STEPS_PER_BIT) for step in range(_LAST_STEP + 1)])


def encode_likelihoods(weights: Floats) -> Codes:
    """Return a code for each row of weights in bits, which has a column for each of `HYPOTHESES`, without any prior.

    What is 31.5 bits less likely than the likeliest hypothesis, or more, is taken as that.
    """
    below = (weights.max(axis=1, keepdims=True) - weights) * _STEPS_PER_BIT
    steps = np.minimum(np.rint(below), _LAST_STEP).astype(np.int32)
    codes = np.zeros(len(weights), np.int32)
    for column in steps.T:
        codes = (codes << _BITS_PER_FIELD) | column
    return codes


def decode_likelihoods(codes: Codes) -> Floats:
    """Return the likelihoods of codes, relative to the largest of each: a row for each code, with `HYPOTHESES`.

    A request without a candidate has zeros: none of the hypotheses is about it.
    """
    shifts = np.arange(len(HYPOTHESES) - 1, -1, -1) * _BITS_PER_FIELD
    likelihoods: Floats = _STEP_LIKELIHOODS[(codes[:, None] >> shifts) & _LAST_STEP]
    likelihoods[codes == NO_CANDIDATE] = 0.0
    return likelihoods
