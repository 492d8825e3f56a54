"""Columns of text, as intake and gates both look at them: trimmed where there is something to trim.

Guarantees: what is returned equals what pyarrow's own functions give; a column that needs no change is not copied,
because a batch's longest column has hundreds of megabytes.
Start at `trim`.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_LOWEST, _HIGHEST = ord(" "), 0x7F  # every white space is at most the one, or beyond the other as a byte of UTF-8


def offsets_of(text: pa.Array) -> npt.NDArray[np.int32]:
    """Where each value begins in the array's buffer of bytes, and where the last ends."""
    if not len(text):
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]


def trim(text: pa.Array) -> pa.Array:
    r"""The values without white space at their ends, as `pyarrow.compute.utf8_trim_whitespace` has it; nulls stay.

    >>> trim(pa.array([" a", "b", None, "\u00a0"])).to_pylist()
    ['a', 'b', None, '']
    """
    offsets = offsets_of(text)
    filled = np.flatnonzero(np.diff(offsets))
    data = np.frombuffer(text.buffers()[2] or b"", dtype=np.uint8)
    ends = np.stack([data[offsets[filled]], data[offsets[filled + 1] - 1]])
    suspect = filled[((ends <= _LOWEST) | (ends > _HIGHEST)).any(axis=0)]
    some = text.take(pa.array(suspect))
    trimmed = pc.utf8_trim_whitespace(some)
    if trimmed.equals(some):
        return text
    mask = np.zeros(len(text), dtype=np.bool_)
    mask[suspect] = True
    return pc.replace_with_mask(text, pa.array(mask), trimmed)
