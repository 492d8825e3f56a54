"""Check digits of many zones of one layout at a time, compiled.

Guarantees: the same answer for each zone as `digits.failing_digits`; a property test holds it to that.
Does not: read text. Zones come as bytes of one length.
Start at `check_zones`.
"""

from functools import cache

import numba
import numpy as np
import numpy.typing as npt

from comity.documents.mrz.digits import FILLER, VALUES, WEIGHTS, failing_digits
from comity.documents.mrz.layouts import LAYOUTS, NUMBER, Layout

Bytes = npt.NDArray[np.uint8]
Sums = npt.NDArray[np.uint64]
BITS = 10
"""The room of one check digit's sum in a packed word: 39 columns of at most 9 make 351."""
STRANGE = 50
"""Where the count of bytes without a value begins in a packed word, above five sums."""


def as_bytes(zones: list[str], layout: Layout) -> Bytes:
    """Return zones without line breaks as a matrix of bytes, one row each.

    Characters outside ASCII become question marks, which have no value.

    Raises:
        ValueError: a zone does not have the layout's size.
    """
    if any(len(zone) != layout.size for zone in zones):
        raise ValueError(f"a zone of {layout.name} has {layout.size} characters")
    joined = "".join(zones).encode("ascii", "replace")
    return np.frombuffer(joined, np.uint8).reshape(len(zones), layout.size)


def check_zones(zones: Bytes, layout: Layout) -> Bytes:
    """Return one bit mask per zone: bit i is set when `layout.digits[i]` does not agree.

    Raises:
        ValueError: `zones` does not have `layout.size` columns.
    """
    if zones.ndim != 2 or zones.shape[1] != layout.size:
        raise ValueError(f"zones of {layout.name} have {layout.size} columns")
    masks = np.zeros(len(zones), np.uint8)
    _check(np.ascontiguousarray(zones), *_tables(layout.name), masks)
    if layout.long_number is not None:
        _check_long_numbers(zones, layout, masks)
    return masks


def names_of_mask(mask: int, layout: Layout) -> tuple[str, ...]:
    """Return the names of the check digits whose bits are set."""
    return tuple(digit.name for bit, digit in enumerate(layout.digits) if mask >> bit & 1)


def _check_long_numbers(zones: Bytes, layout: Layout, masks: Bytes) -> None:
    """Decide again, one by one, the zones whose number runs on into the optional data."""
    bit, digit = next((bit, digit) for bit, digit in enumerate(layout.digits) if digit.name == NUMBER)
    column = digit.place.line * layout.line_length + digit.place.first
    for row in np.flatnonzero(zones[:, column] == ord(FILLER)):
        text = zones[row].tobytes().decode("latin-1")
        lines = tuple(text[start : start + layout.line_length] for start in range(0, layout.size, layout.line_length))
        masks[row] &= ~np.uint8(1 << bit)
        masks[row] |= np.uint8((NUMBER in failing_digits(layout, lines)) << bit)


@cache
def _tables(name: str) -> tuple[Sums, Bytes, Bytes, Bytes]:
    """Return what each byte in each column adds to the packed sums, the digits it spoils, and which may be fillers.

    A sum that is a multiple of 10 agrees: a printed digit is subtracted from what it covers. The last two arrays say
    for each column which digits have it as their place, and which cover it, among the digits that may be fillers.
    """
    layout = LAYOUTS[name]
    added = np.zeros((layout.size, 256), np.uint64)
    spoiled = np.zeros((layout.size, 256), np.uint8)
    filler_places, filler_covers = np.zeros(layout.size, np.uint8), np.zeros(layout.size, np.uint8)
    for bit, digit in enumerate(layout.digits):
        digit_column = digit.place.line * layout.line_length + digit.place.first
        columns = [
            span.line * layout.line_length + column for span in digit.covers for column in range(span.first, span.end)
        ]
        for index, column in enumerate(columns):
            for byte in range(256):
                value = VALUES.get(chr(byte))
                if value is None:
                    spoiled[column, byte] |= 1 << bit
                else:
                    added[column, byte] += np.uint64(value * WEIGHTS[index % 3] % 10 << BITS * bit)
        for byte in range(256):
            if chr(byte) in "0123456789":
                added[digit_column, byte] += np.uint64((10 - int(chr(byte))) % 10 << BITS * bit)
            elif not (digit.may_be_filler and chr(byte) == FILLER):
                spoiled[digit_column, byte] |= 1 << bit
        if digit.may_be_filler:
            filler_places[digit_column] |= 1 << bit
            filler_covers[columns] |= 1 << bit
    added[spoiled > 0] += np.uint64(1 << STRANGE)
    return added, spoiled, filler_places, filler_covers


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _check(  # noqa: PLR0913, PLR0917  compiled
    zones: Bytes, added: Sums, spoiled: Bytes, filler_places: Bytes, filler_covers: Bytes, masks: Bytes
) -> None:
    """Fill `masks`, with one addition for each column."""
    first = zones.shape[1]
    for column in range(zones.shape[1] - 1, -1, -1):
        if added[column].any():
            first = column
    filler_place = -1
    for column in range(zones.shape[1]):
        if filler_places[column]:
            filler_place = column
    for row in range(zones.shape[0]):
        zone = zones[row]
        packed = np.uint64(0)
        for column in range(first, zones.shape[1]):
            packed += added[column, zone[column]]
        mask = 0
        for bit in range(5):
            if (packed >> np.uint64(BITS * bit) & np.uint64(1023)) % np.uint64(10):
                mask |= 1 << bit
        if packed >> np.uint64(STRANGE):
            for column in range(first, zones.shape[1]):
                mask |= spoiled[column, zone[column]]
        if filler_place >= 0 and zone[filler_place] == 60:
            for column in range(first, zones.shape[1]):
                if zone[column] != 60:
                    mask |= filler_covers[column]
        masks[row] = mask
