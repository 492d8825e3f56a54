"""One side of many pairs as arrays, and the names and addresses that kernels read from it.

Guarantees: a view is a slice of the side's text; nothing is copied.
Does not: check codes or offsets. The index and the encoded requests own the memory and keep it mapped.
Start at `PairSide`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from comity.columns.intrinsics import prefetch
from comity.columns.kernel import kernel
from comity.columns.strings import StringView
from comity.match.kernels.address_view import AddressView, UnitView
from comity.match.kernels.name_relations import NameView

_PREFETCH_DISTANCE = 12
"""Pairs between the prefetch of a value and its use."""


class PairSide(NamedTuple):
    """One side of all pairs.

    Attributes:
        data: for each of `schema.SIDE_TEXT_COLUMNS`, the address of the bytes of its distinct values.
        offsets: for each of `schema.SIDE_TEXT_COLUMNS`, where each value starts, as Arrow lays out strings.
        codes: for each lexicon, the position of each pair's value among the distinct ones.
        suffix_codes: the code of each pair's generational suffix, 0 for none.
        tin_hashes: the hash of each pair's taxpayer number, 0 for none.
    """

    data: tuple[int, ...]
    offsets: tuple[npt.NDArray[np.int32], ...]
    codes: tuple[npt.NDArray[np.uint32], ...]
    suffix_codes: npt.NDArray[np.uint8]
    tin_hashes: npt.NDArray[np.uint32]


@kernel
def _string_view(data: int, offsets: Any, code: int) -> StringView:  # no literal column: each would compile again
    return StringView(data + offsets[code], offsets[code + 1] - offsets[code])


@kernel
def name_view(side: Any, pair: int) -> NameView:
    """Return the name of one side of a pair."""
    given, middle, surname = side.codes[0][pair], side.codes[1][pair], side.codes[2][pair]
    return NameView(
        _string_view(side.data[0], side.offsets[0], given),
        _string_view(side.data[1], side.offsets[1], given),
        _string_view(side.data[2], side.offsets[2], middle),
        _string_view(side.data[3], side.offsets[3], surname),
        _string_view(side.data[4], side.offsets[4], surname),
        _string_view(side.data[5], side.offsets[5], surname),
    )


@kernel
def address_view(side: Any, pair: int) -> AddressView:
    """Return the address of one side of a pair."""
    number, street = side.codes[3][pair], side.codes[4][pair]
    unit, place = side.codes[5][pair], side.codes[6][pair]
    return AddressView(
        _string_view(side.data[6], side.offsets[6], number),
        _string_view(side.data[7], side.offsets[7], number),
        _string_view(side.data[8], side.offsets[8], street),
        _string_view(side.data[9], side.offsets[9], street),
        _string_view(side.data[10], side.offsets[10], street),
        _string_view(side.data[11], side.offsets[11], unit),
        _string_view(side.data[16], side.offsets[16], place),
        _string_view(side.data[17], side.offsets[17], place),
        _string_view(side.data[18], side.offsets[18], place),
    )


@kernel
def unit_view(side: Any, pair: int) -> UnitView:
    """Return the parts of the unit of one side of a pair."""
    house_letter = _string_view(side.data[7], side.offsets[7], side.codes[3][pair])
    unit = side.codes[5][pair]
    return UnitView(
        unit == 0 and house_letter.length == 0,  # code 0 is the unit of an address without one
        house_letter,
        _string_view(side.data[11], side.offsets[11], unit),
        _string_view(side.data[12], side.offsets[12], unit),
        _string_view(side.data[13], side.offsets[13], unit),
        _string_view(side.data[14], side.offsets[14], unit),
        _string_view(side.data[15], side.offsets[15], unit),
    )


@kernel
def _prefetch_string(data: int, offsets: npt.NDArray[np.int32], near: int, far: int) -> None:
    prefetch(int(offsets.ctypes.data + 4 * np.int64(far)))
    prefetch(int(data + offsets[near]))


@kernel
def prefetch_names(side: Any, pair: int) -> None:
    """Prefetch the names of the next pairs: they are anywhere in the lexicons, and waiting for them takes longest."""
    last = len(side.suffix_codes) - 1
    near, far = min(pair + _PREFETCH_DISTANCE, last), min(pair + 2 * _PREFETCH_DISTANCE, last)
    given, middle, surname = side.codes[0], side.codes[1], side.codes[2]
    _prefetch_string(side.data[0], side.offsets[0], given[near], given[far])
    _prefetch_string(side.data[1], side.offsets[1], given[near], given[far])
    _prefetch_string(side.data[2], side.offsets[2], middle[near], middle[far])
    _prefetch_string(side.data[3], side.offsets[3], surname[near], surname[far])
    _prefetch_string(side.data[4], side.offsets[4], surname[near], surname[far])
    _prefetch_string(side.data[5], side.offsets[5], surname[near], surname[far])
