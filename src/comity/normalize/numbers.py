"""Parse numbers from columns of text: taxpayer numbers and years.

Guarantees: what is dropped from a number when it is compared is dropped when it is counted, as both read it here.
Start at `parse_tins`.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.buffers import data_and_offsets
from comity.columns.kernel import kernel
from comity.columns.strings import StringView, byte_at, is_digit

PLACEHOLDER_TINS = (111111111, 999999999, 123456789)
"""What people type when they have no number; zeros already parse as no number."""
_SPACE, _HYPHEN = 32, 45


def parse_numbers(column: pa.Array, *, fewest_digits: int, most_digits: int) -> npt.NDArray[np.uint32]:
    """Parse each text of a column as a number, ignoring hyphens and spaces; 0 for anything else."""
    numbers = np.empty(len(column), np.uint32)
    data, offsets = data_and_offsets(column if column.type == pa.string() else column.cast(pa.string()))
    parse_digits(data.ctypes.data, offsets, most_digits, fewest_digits, numbers)
    return numbers


def parse_years(column: pa.Array) -> npt.NDArray[np.uint16]:
    """Parse each text of a column as a year; 0 for anything else."""
    return parse_numbers(column, fewest_digits=1, most_digits=4).astype(np.uint16)


def parse_tins(column: pa.Array) -> npt.NDArray[np.uint32]:
    """Parse the nine digits of each text, ignoring hyphens and spaces; 0 for placeholders and anything else."""
    numbers = parse_numbers(column, fewest_digits=9, most_digits=9)
    for number in PLACEHOLDER_TINS:
        numbers[numbers == number] = 0
    return numbers


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
