"""Replace the values of a column by codes, numbered from 1 in order of first appearance; 0 stands for no value.

Guarantees: equal values have equal codes and no others do; texts that differ in the case of ASCII letters alone count
as equal.
Basis: Arrow's dictionary encoding; ADR 0018 says why a hash table of our own was dropped for it.
Start at `intern`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.kernel import kernel

Codes = npt.NDArray[np.uint32]


def intern(column: pa.Array) -> tuple[Codes, list[str]]:
    """Return the code of each row's text, and the texts with ASCII letters in upper case; 0 (and '') is empty or null.

    >>> intern(pa.array(["Ann", None, "ANN", "Zoë"]))[1]
    ['', 'ANN', 'ZOë']
    """
    codes, values = _encode(pc.ascii_upper(column), pa.scalar("", column.type))
    return codes, ["", *values.to_pylist()]


def intern_pairs(left: Codes, right: Codes) -> tuple[Codes, Codes, Codes]:
    """Return the code of each row's pair of codes, and the left and right codes of each pair; 0 is the pair (0, 0).

    >>> [codes.tolist() for codes in intern_pairs(np.array([0, 7, 7], np.uint32), np.array([0, 1, 1], np.uint32))]
    [[0, 1, 1], [0, 7], [0, 1]]
    """
    pairs = left.astype(np.uint64) << np.uint64(32) | right
    codes, values = _encode(pa.array(pairs), pa.scalar(0, pa.uint64()))
    distinct = np.concatenate([np.zeros(1, np.uint64), values.to_numpy()])
    return codes, (distinct >> np.uint64(32)).astype(np.uint32), distinct.astype(np.uint32)


def compact_codes(codes: Codes) -> tuple[Codes, Codes]:
    """Number the codes in use from 1 in order of appearance; return the new codes, and the old code of each new one.

    >>> [codes.tolist() for codes in compact_codes(np.array([5, 0, 3, 5], np.uint32))]
    [[1, 0, 2, 1], [0, 5, 3]]
    """
    new_codes, old_codes = np.zeros(len(codes), np.uint32), np.zeros(len(codes) + 1, np.uint32)
    count = _number_in_order(codes, np.zeros(int(codes.max(initial=0)) + 1, np.uint32), new_codes, old_codes)
    return new_codes, old_codes[: count + 1].copy()


@kernel
def _number_in_order(codes: Any, number_of: Any, new_codes: Any, old_codes: Any) -> int:
    """Write the number of each row's code, and the code of each number; return the last number."""
    last = 0
    for row in range(len(codes)):
        code = codes[row]
        if code != 0 and number_of[code] == 0:
            last += 1
            number_of[code], old_codes[last] = last, code
        new_codes[row] = number_of[code]
    return last


def _encode(column: pa.Array, none: pa.Scalar) -> tuple[Codes, pa.Array]:
    """Return the code of each value, 0 for `none` and null, and the distinct values from code 1 on."""
    encoded = pc.dictionary_encode(column)
    codes = (pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False) + 1).astype(np.uint32)
    values = encoded.dictionary
    none_index = pc.index(values, none).as_py()
    if none_index >= 0:
        new_codes = np.arange(len(values) + 1, dtype=np.uint32)
        new_codes[none_index + 1] = 0
        new_codes[none_index + 2 :] -= 1
        codes = new_codes[codes]
        values = pa.concat_arrays([values.slice(0, none_index), values.slice(none_index + 1)])
    return codes, values
