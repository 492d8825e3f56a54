"""Columns of text, as intake and gates both look at them: trimmed where there is something to trim.

Guarantees: what is returned equals what pyarrow's own functions give; a column that needs no change is not copied,
because a batch's longest column has hundreds of megabytes.
Start at `trim`.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Digests = npt.NDArray[np.uint64]
"""One 64-bit digest per row."""

_SLICE_ROWS = 16_384  # rows at a time: what they hold stays in the processor's cache
_MAX_WHITESPACE_BYTE, _MAX_ASCII_BYTE = (
    ord(" "),
    0x7F,
)  # every white space is at most the one, or beyond the other as a byte of UTF-8


def value_offsets(text: pa.Array) -> npt.NDArray[np.int32]:
    """Where each value begins in the array's buffer of bytes, and where the last ends."""
    if not len(text):
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]


def data_and_offsets(text: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The array's buffer of bytes and where in it each value begins, neither of them to be written to."""
    data, offsets = np.frombuffer(text.buffers()[2] or b"", dtype=np.uint8), value_offsets(text)
    data.flags.writeable = offsets.flags.writeable = False
    return data, offsets


def combine_chunks(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array, copied only when it is in several pieces."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def trim_whitespace(text: pa.Array) -> pa.Array:
    r"""The values without white space at their ends, as `pyarrow.compute.utf8_trim_whitespace` has it; nulls stay.

    >>> trim(pa.array([" a", "b", None, "\u00a0"])).to_pylist()
    ['a', 'b', None, '']
    """
    suspect = np.concatenate(
        [at + _trim_candidates(text.slice(at, _SLICE_ROWS)) for at in range(0, max(len(text), 1), _SLICE_ROWS)]
    )
    some = text.take(pa.array(suspect))
    trimmed = pc.utf8_trim_whitespace(some)
    if trimmed.equals(some):
        return text
    mask = np.zeros(len(text), dtype=np.bool_)
    mask[suspect] = True
    return pc.replace_with_mask(text, pa.array(mask), trimmed)


def _trim_candidates(text: pa.Array) -> npt.NDArray[np.int64]:
    """The values that may begin or end in white space."""
    data, offsets = data_and_offsets(text)
    filled = np.flatnonzero(np.diff(offsets))
    ends = data[np.concatenate([offsets[filled], offsets[filled + 1] - 1])]
    suspect = (ends <= _MAX_WHITESPACE_BYTE) | (ends > _MAX_ASCII_BYTE)
    return np.asarray(filled[suspect[: len(filled)] | suspect[len(filled) :]], dtype=np.int64)
