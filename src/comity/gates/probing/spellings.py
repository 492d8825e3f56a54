"""Find names that differ in one letter among those given for one address.

Guarantees: compares letters, not bytes, in every alphabet; never compares names of different addresses.
Does not: know digests or rules; P13 chooses the names and decides what follows.
Basis: promise 15; Damerau 1964 for the four kinds of typing errors.
Start at `edit_distance_one_groups`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Bools, Int64s
from comity.columns.kernel import inline_kernel, kernel

CodePoints = npt.NDArray[np.uint32]


def edit_distance_one_groups(names: Sequence[str], starts: Int64s, limit: int) -> Bools:
    """Mark each name that is one edit away from at least `limit` others at its address less one, and those others.

    Args:
        names: the names, those of one address together.
        starts: where each address begins among them.
        limit: the number of spellings that is still accepted.

    >>> edit_distance_one_groups(["ANA", "ANNA", "ANE", "EVA", "ANA", "ANNA"], np.array([0, 4]), 2).tolist()
    [True, True, True, False, False, False]
    """
    letters = np.frombuffer("".join(names).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    offsets = np.cumsum([0, *map(len, names)], dtype=np.int64)
    marked = np.zeros(len(names), dtype=np.bool_)
    _mark_groups(letters, offsets, np.append(starts, len(names)), limit, marked)
    return marked


@inline_kernel
def _is_tail_equal(letters: CodePoints, left: int, left_end: int, right: int) -> bool:
    while left < left_end:
        if letters[left] != letters[right]:
            return False
        left += 1
        right += 1
    return True


@kernel
def _is_within_one_edit(letters: CodePoints, left: int, left_end: int, right: int, right_end: int) -> bool:
    """Return whether inserting, dropping or changing one letter, or swapping two neighbors, makes two names equal."""
    if left_end - left > right_end - right:
        left, left_end, right, right_end = right, right_end, left, left_end
    if right_end - right - (left_end - left) > 1:
        return False
    while left < left_end and letters[left] == letters[right]:
        left += 1
        right += 1
    if left_end - left < right_end - right:
        return _is_tail_equal(letters, left, left_end, right + 1)
    if left == left_end or _is_tail_equal(letters, left + 1, left_end, right + 1):
        return True
    if letters[left] != letters[right + 1] or letters[left + 1] != letters[right]:
        return False
    return _is_tail_equal(letters, left + 2, left_end, right + 2)


@kernel
def _mark_groups(letters: CodePoints, offsets: Int64s, starts: Int64s, limit: int, marked: Bools) -> None:
    neighbors = np.zeros(len(marked), np.int64)
    for group in range(len(starts) - 1):
        begin, end = starts[group], starts[group + 1]
        for i in range(begin, end):
            for j in range(i + 1, end):
                if _is_within_one_edit(letters, offsets[i], offsets[i + 1], offsets[j], offsets[j + 1]):
                    neighbors[i] += 1
                    neighbors[j] += 1
        for i in range(begin, end):
            if neighbors[i] + 1 > limit:
                for j in range(begin, end):
                    marked[j] |= _is_within_one_edit(letters, offsets[i], offsets[i + 1], offsets[j], offsets[j + 1])
