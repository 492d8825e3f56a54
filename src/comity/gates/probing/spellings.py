"""Names that are one letter apart, among those that are given for one address.

Guarantees: letters are compared, not bytes, whatever the alphabet; a name is never compared with one of another address.
Does not: know digests or rules; P13 says which names are looked at and what follows.
Basis: product.md promise 15; Damerau 1964 for the four slips.
Start at `families`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from comity.columns.byte_kernels import Bools, Int64s
from comity.columns.kernel import inline_kernel, kernel

CodePoints = npt.NDArray[np.uint32]


def edit_distance_one_groups(names: Sequence[str], starts: Int64s, limit: int) -> Bools:
    """The names that, with more than `limit` - 1 others of their address, are one letter apart from one of them.

    Args:
        names: those of one address stand together.
        starts: where each address begins among them.
        limit: how many spellings are none too many.

    >>> families(["ANA", "ANNA", "ANE", "EVA", "ANA", "ANNA"], np.array([0, 4]), 2).tolist()
    [True, True, True, False, False, False]
    """
    letters = np.frombuffer("".join(names).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    offsets = np.cumsum([0, *map(len, names)], dtype=np.int64)
    marked = np.zeros(len(names), dtype=np.bool_)
    _mark_groups(letters, offsets, np.append(starts, len(names)), limit, marked)
    return marked


@inline_kernel
def _is_tail_equal(letters: CodePoints, one: int, one_end: int, other: int) -> bool:
    while one < one_end:
        if letters[one] != letters[other]:
            return False
        one += 1
        other += 1
    return True


@kernel
def _is_within_one_edit(letters: CodePoints, one: int, one_end: int, other: int, other_end: int) -> bool:
    """Whether one letter inserted, left out, changed, or exchanged with its neighbor makes the one the other."""
    if one_end - one > other_end - other:
        one, one_end, other, other_end = other, other_end, one, one_end
    if other_end - other - (one_end - one) > 1:
        return False
    while one < one_end and letters[one] == letters[other]:
        one += 1
        other += 1
    if one_end - one < other_end - other:
        return _is_tail_equal(letters, one, one_end, other + 1)
    if one == one_end or _is_tail_equal(letters, one + 1, one_end, other + 1):
        return True
    if letters[one] != letters[other + 1] or letters[one + 1] != letters[other]:
        return False
    return _is_tail_equal(letters, one + 2, one_end, other + 2)


@kernel
def _mark_groups(letters: CodePoints, offsets: Int64s, starts: Int64s, limit: int, marked: Bools) -> None:
    near = np.zeros(len(marked), np.int64)
    for house in range(len(starts) - 1):
        begin, end = starts[house], starts[house + 1]
        for one in range(begin, end):
            for other in range(one + 1, end):
                if _is_within_one_edit(letters, offsets[one], offsets[one + 1], offsets[other], offsets[other + 1]):
                    near[one] += 1
                    near[other] += 1
        for one in range(begin, end):
            if near[one] + 1 > limit:
                for other in range(begin, end):
                    marked[other] |= _is_within_one_edit(
                        letters, offsets[one], offsets[one + 1], offsets[other], offsets[other + 1]
                    )
