"""Read a requests file in Parquet; what a file claims about itself is believed only as far as it is decoded.

Basis: docs/spec/batch.md; the Apache Parquet format.
"""

from collections.abc import Iterator
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from comity.model.request_fields import REQUEST_FIELDS
from comity.requests_file.columns import check_columns, select_agreed_columns
from comity.requests_file.form_faults import NOT_UTF8, FormFaults, UnreadableFileError, check_row_count
from comity.requests_file.limits import MAX_FIELD_CHARACTERS, MAX_HEADER_COLUMNS

_BATCH_ROWS = 16_384
_READ_BYTES = 2**20
_MAX_METADATA_STRINGS, _MAX_METADATA_ITEMS = 2**20, 10**5
_DAMAGED = "The Parquet file is damaged, or a column cannot be read as text."


def read_parquet(file: IO[bytes], faults: FormFaults) -> Iterator[pa.RecordBatch]:
    """Yield the rows as text, in file order. Raises UnreadableFileError."""
    try:
        yield from _read_rows(file, faults)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise UnreadableFileError(_DAMAGED) from error


def _read_rows(file: IO[bytes], faults: FormFaults) -> Iterator[pa.RecordBatch]:
    source = pq.ParquetFile(
        file,
        buffer_size=_READ_BYTES,
        pre_buffer=False,
        thrift_string_size_limit=_MAX_METADATA_STRINGS,
        thrift_container_size_limit=_MAX_METADATA_ITEMS,
    )
    header = list(source.schema_arrow.names)
    check_row_count(source.metadata.num_rows)  # as it claims
    check_columns(header, faults)
    names = [name for name in REQUEST_FIELDS if name in header] or header[:1]
    is_nested = any(map(pa.types.is_nested, source.schema_arrow.types))
    if is_nested or not 0 < source.metadata.num_columns <= MAX_HEADER_COLUMNS:
        raise UnreadableFileError(_DAMAGED)
    row_count = 0
    for batch in source.iter_batches(batch_size=_BATCH_ROWS, columns=names, use_threads=False):
        columns = []
        for column in batch.columns:
            text, malformed = _to_text(column)
            if len(malformed):
                faults.add_rows(NOT_UTF8, malformed + row_count + 1)
            columns.append(text)
        row_count += batch.num_rows
        yield select_agreed_columns(pa.RecordBatch.from_arrays(columns, names=batch.schema.names), batch.schema.names)


def _to_text(column: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Return a column as text, and the positions of the values that were not UTF-8 and were repaired."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    malformed = np.zeros(0, dtype=np.int64)
    if _is_bytes(column.type):
        column = column.cast(pa.binary())
        try:
            text = column.cast(pa.string())  # checks every byte
        except pa.ArrowInvalid:
            text, malformed = _repair(column)
    else:
        text = column.cast(pa.string())
    if (pc.max(pc.binary_length(text)).as_py() or 0) > MAX_FIELD_CHARACTERS:
        text = pc.utf8_slice_codeunits(text, 0, MAX_FIELD_CHARACTERS + 1)  # a value that is too long stays too long
    return text, malformed


def _is_bytes(kind: pa.DataType) -> bool:
    is_kind = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
        pa.types.is_fixed_size_binary,
    )
    return any(is_of_kind(kind) for is_of_kind in is_kind)


def _repair(column: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    values = [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
    changed = (
        value is not None and value.encode() != data for value, data in zip(values, column.to_pylist(), strict=True)
    )
    return pa.array(values, pa.string()), np.flatnonzero(np.fromiter(changed, dtype=bool, count=len(values)))
