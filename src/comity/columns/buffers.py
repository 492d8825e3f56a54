"""Arrow string arrays as NumPy buffers, and the names of the array types that the column kernels share.

Guarantees: results equal what pyarrow's own functions return; a column that needs no change is not copied, because a
batch's longest column takes hundreds of megabytes.
Start at `data_and_offsets`.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Int8s = npt.NDArray[np.int8]
Int64s = npt.NDArray[np.int64]
Offsets = npt.NDArray[np.int32]
"""Where each value begins in a buffer of bytes, and where the last one ends: one more than there are values."""
Codes = npt.NDArray[np.int32]
"""For each row the number of its value among the distinct values."""
Digests = npt.NDArray[np.uint64]
"""One 64-bit digest or hash per row."""

_SLICE_ROWS = 16_384  # rows per slice, so that a slice stays in the processor's cache
# In UTF-8 every white space character is a byte up to this one, or begins with a byte above this other one.
_MAX_WHITESPACE_BYTE, _MAX_ASCII_BYTE = ord(" "), 0x7F


def value_offsets(text: pa.Array) -> Offsets:
    """Return where each value begins in the array's data buffer, and where the last one ends."""
    if not len(text):
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]


def data_and_offsets(text: pa.Array) -> tuple[Bytes, Offsets]:
    """Return the array's data buffer and the offsets of its values, both read-only; a null is empty.

    Arrow leaves open which bytes are behind a null, and `if_else` leaves those of the value that it was.
    """
    if text.null_count:
        text = pc.fill_null(text, "")
    data, offsets = np.frombuffer(text.buffers()[2] or b"", dtype=np.uint8), value_offsets(text)
    data.flags.writeable = offsets.flags.writeable = False
    return data, offsets


def combine_chunks(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array; copy only when it has several chunks."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def trim_whitespace(text: pa.Array) -> pa.Array:
    r"""Trim white space at both ends, as `pyarrow.compute.utf8_trim_whitespace` does; nulls stay.

    >>> trim_whitespace(pa.array([" a", "b", None, "\u00a0"])).to_pylist()
    ['a', 'b', None, '']
    """
    starts = range(0, max(len(text), 1), _SLICE_ROWS)
    candidates = np.concatenate([start + _trim_candidates(text.slice(start, _SLICE_ROWS)) for start in starts])
    before = text.take(pa.array(candidates))
    after = pc.utf8_trim_whitespace(before)
    if after.equals(before):
        return text
    mask = np.zeros(len(text), dtype=np.bool_)
    mask[candidates] = True
    return pc.replace_with_mask(text, pa.array(mask), after)


def _trim_candidates(text: pa.Array) -> Int64s:
    """Return the positions of values whose first or last byte may belong to white space."""
    data, offsets = data_and_offsets(text)
    filled = np.flatnonzero(np.diff(offsets))
    end_bytes = data[np.concatenate([offsets[filled], offsets[filled + 1] - 1])]
    may_be_space = (end_bytes <= _MAX_WHITESPACE_BYTE) | (end_bytes > _MAX_ASCII_BYTE)
    return np.asarray(filled[may_be_space[: len(filled)] | may_be_space[len(filled) :]], dtype=np.int64)
