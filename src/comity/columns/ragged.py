"""Lists of codes of differing lengths, a list per value: what a value of a column belongs to, when it may be several.

Guarantees: entries follow the order of the rows.
Start at `RaggedCodes`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from comity.columns.buffers import Int64s


@dataclass(frozen=True, slots=True)
class RaggedCodes:
    """List i is `flat[offsets[i]:offsets[i + 1]]`.

    One more code follows the last list, so that no look-up is past the end.
    """

    flat: Int64s
    offsets: Int64s

    @classmethod
    def intern(cls, lists: Iterable[Iterable[str]], codes: dict[str, int]) -> Self:
        """Number the texts of lists, adding to `codes` those that have no number yet.

        >>> RaggedCodes.intern([["A", "B"], [], ["A"]], {}).offsets.tolist()
        [0, 2, 2, 3]
        """
        flat: list[int] = []
        ends = [0]
        for texts in lists:
            flat += [codes.setdefault(text, len(codes)) for text in texts]
            ends.append(len(flat))
        return cls(np.array([*flat, 0], dtype=np.int64), np.array(ends, dtype=np.int64))

    @classmethod
    def group(cls, lists: Int64s, codes: Int64s, count: int) -> Self:
        """Make `count` lists of pairs of a list and a code; a code that a list has more than once is kept once.

        >>> RaggedCodes.group(np.array([2, 0, 2, 2]), np.array([5, 7, 4, 5]), 3).offsets.tolist()
        [0, 1, 1, 3]
        """
        order = np.lexsort((codes, lists))
        lists, codes = lists[order], codes[order]
        is_first = np.ones(len(lists), np.bool_)
        is_first[1:] = (lists[1:] != lists[:-1]) | (codes[1:] != codes[:-1])
        lists, codes = lists[is_first], codes[is_first]
        return cls(np.append(codes, 0), np.searchsorted(lists, np.arange(count + 1)))

    def lengths(self) -> Int64s:
        """Return the length of each list."""
        return np.diff(self.offsets)

    def item(self, lists: Int64s, positions: Int64s) -> Int64s:
        """Return the codes at positions of lists; a position past a list's end gives some other list's code."""
        codes: Int64s = self.flat.take(self.offsets[lists] + positions, mode="clip")
        return codes


def expand_rows(counts: Int64s) -> tuple[Int64s, Int64s]:
    """Return, for rows with so many entries each, the row of every entry and its position among those of its row.

    >>> [array.tolist() for array in expand_rows(np.array([2, 0, 1]))]
    [[0, 0, 2], [0, 1, 0]]
    """
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
