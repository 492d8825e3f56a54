"""Numbers out of text, row by row.

Start at `read_numbers`.
"""

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import kernel
from comity.columns.strings import StringView, byte_at, is_digit

_SPACE, _HYPHEN = 32, 45


@kernel
def parse_digits(
    data: int, offsets: npt.NDArray[np.int32], most_digits: int, fewest_digits: int, out: npt.NDArray[np.uint32]
) -> None:
    """Write the number that each text of a column is, hyphens and spaces aside, into `out`; 0 where it is none, or has too many or too few digits."""
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
