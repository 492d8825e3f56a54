"""Parse numbers from a column of text, such as taxpayer numbers and years."""

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import kernel
from comity.columns.strings import StringView, byte_at, is_digit

_SPACE, _HYPHEN = 32, 45


@kernel
def parse_digits(
    data: int, offsets: npt.NDArray[np.int32], most_digits: int, fewest_digits: int, out: npt.NDArray[np.uint32]
) -> None:
    """Write the number that each string of a column spells to `out`, ignoring hyphens and spaces.

    0 where a string has another character, or too many or too few digits.
    """
    for i in range(len(out)):
        a = StringView(data + offsets[i], offsets[i + 1] - offsets[i])
        value, count = 0, 0
        for k in range(a.length):
            byte = byte_at(a, k)
            if is_digit(byte):
                value = value * 10 + (byte - 48)
                count += 1
            elif byte != _SPACE and byte != _HYPHEN:
                count = 100
            if count > most_digits:
                break
        out[i] = value if fewest_digits <= count <= most_digits else 0
