"""Check what must hold of every row's text in any format: trimmed, bounded, printable, and identified once.

Guarantees: after `check_fields` no field holds a control character or is longer than the limit, and every `request_id`
that is not null is well formed, so that it can be written to an answers file that a spreadsheet will open; after
`clear_repeated_ids` it is unique too.
Basis: rule R13; IRS TIN Matching code 5 (duplicate request) as the pattern for repeated identifiers.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import combine_chunks, trim_whitespace, value_offsets
from comity.model.request_fields import REQUEST_FIELDS, TEXT_SCHEMA
from comity.requests_file.form_faults import FormFaultKind, FormFaults
from comity.requests_file.limits import MAX_FIELD_CHARACTERS

REQUEST_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$"
_EXPORTED_YEAR = r"^(?i:TY|TAX YEAR|CY) ?'?([0-9]{4})$|^([0-9]{4})\.0{1,6}$"
"""A year as systems export it: TY2023, Tax Year 2023, 2023.0."""
_YEAR_DIGITS = 4
_CONTROL_CHARACTERS = (
    r"[\x00-\x08\x0A-\x1F\x7F]"  # a tab is white space; a line break inside a name or address is a shifted row
)
_FIRST_PRINTABLE, _DELETE = 0x20, 0x7F
_SCAN_BYTES = 2**20

_TOO_LONG = (
    "Fields are longer than any name or address can be.",
    f"Shorten the field to {MAX_FIELD_CHARACTERS} characters at most.",
)
_CONTROL = (
    "Fields hold control characters or line breaks.",
    "Take line breaks and control characters out of the field.",
)
_REPEATED_HEADER = FormFaultKind(
    "The header is repeated as a row.", "Delete the row: it repeats the names of the columns.", REQUEST_FIELDS
)
_MALFORMED_ID = FormFaultKind(
    "request_id is missing or malformed: letters, digits and . _ : / - only, at most 64.",
    "Give the row an id of its own, of letters, digits and . _ : / - only, at most 64, a letter or digit first.",
    ("request_id",),
)
_REPEATED_ID = FormFaultKind(
    "request_id stands on more than one row.", "Give each of these rows an id of its own.", ("request_id",)
)

RowMask = npt.NDArray[np.bool_]


def check_fields(rows: pa.RecordBatch, faults: FormFaults, *, first_row: int) -> pa.RecordBatch:
    """Trim every field (nothing left means null), clear what cannot be used, and add the rows to the faults.

    A tax year as systems export it (TY2023, 2023.0) becomes its four digits.

    Args:
        rows: the next rows of the file, with the columns of `TEXT_SCHEMA`.
        faults: takes the rows with something that cannot be used.
        first_row: the number of the first of them.
    """
    columns: dict[str, pa.Array] = {}
    for name in REQUEST_FIELDS:
        text = trim_whitespace(rows.column(name))
        too_long, unprintable = _is_too_long(text), _has_control_characters(text)
        if (unusable := too_long | unprintable).any():
            text = pc.if_else(pa.array(unusable), pa.scalar(None, pa.string()), text)
        if (blank := _true_mask(pc.equal(text, ""))).any():
            text = pc.if_else(pa.array(blank), pa.scalar(None, pa.string()), text)
        columns[name] = _normalize_years(text) if name == "tax_year" else text
        for (message, to_do), mask in ((_TOO_LONG, too_long), (_CONTROL, unprintable)):
            if mask.any():
                faults.add_rows(FormFaultKind(message, to_do, (name,)), np.flatnonzero(mask) + first_row)
    header_again = _true_mask(pc.equal(columns["request_id"], "request_id"))
    malformed = ~_true_mask(pc.match_substring_regex(columns["request_id"], REQUEST_ID_PATTERN))
    if malformed.any():
        columns["request_id"] = pc.if_else(pa.array(malformed), pa.scalar(None, pa.string()), columns["request_id"])
    for kind, mask in ((_REPEATED_HEADER, header_again), (_MALFORMED_ID, malformed)):
        if mask.any():
            faults.add_rows(kind, np.flatnonzero(mask) + first_row)
    return pa.RecordBatch.from_arrays([columns[name] for name in REQUEST_FIELDS], schema=TEXT_SCHEMA)


def clear_repeated_ids(table: pa.Table, faults: FormFaults) -> pa.Table:
    """Return the whole file's rows without the request_ids that stand on several, which are a fault."""
    ids = combine_chunks(table.column("request_id"))
    repeated = _is_repeated(ids)
    if not repeated.any():
        return table
    faults.add_rows(_REPEATED_ID, np.flatnonzero(repeated) + 1)
    cleared = pc.if_else(pa.array(repeated), pa.scalar(None, pa.string()), ids)
    return table.set_column(table.schema.get_field_index("request_id"), "request_id", cleared)


def _normalize_years(text: pa.Array) -> pa.Array:
    """Return years as exported in four digits; without a search when no value is longer than these."""
    if (pc.max(pc.binary_length(text)).as_py() or 0) <= _YEAR_DIGITS:
        return text
    return pc.replace_substring_regex(text, _EXPORTED_YEAR, r"\1\2")


def _is_too_long(text: pa.Array) -> RowMask:
    """Return which values have too many characters; skip the count when no value has as many bytes."""
    if (pc.max(pc.binary_length(text)).as_py() or 0) <= MAX_FIELD_CHARACTERS:
        return np.zeros(len(text), dtype=bool)
    return _true_mask(pc.greater(pc.utf8_length(text), MAX_FIELD_CHARACTERS))


def _has_control_characters(text: pa.Array) -> RowMask:
    """Return which values hold a control character; search values only when some byte of the column could be one."""
    offsets = value_offsets(text)
    data = np.frombuffer(text.buffers()[2] or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
    chunks = (data[start : start + _SCAN_BYTES] for start in range(0, len(data), _SCAN_BYTES))
    if not any(_may_hold_control(chunk) for chunk in chunks):
        return np.zeros(len(text), dtype=bool)
    return _true_mask(pc.match_substring_regex(text, _CONTROL_CHARACTERS))


def _may_hold_control(chunk: npt.NDArray[np.uint8]) -> bool:
    return bool(chunk.min() < _FIRST_PRINTABLE or (chunk.max() >= _DELETE and (chunk == _DELETE).any()))


def _true_mask(values: pa.Array) -> RowMask:
    """Return a boolean array with null as False."""
    return np.asarray(pc.fill_null(values, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)


def _is_repeated(values: pa.Array) -> RowMask:
    """Return every row whose value occurs on more than one row, the first included: nobody can tell which is meant."""
    if not values.null_count and pc.all(pc.greater(values[1:], values[:-1])).as_py():
        return np.zeros(len(values), dtype=bool)  # ascending, as programs number rows: no two are equal
    codes = values.dictionary_encode()
    if not len(codes.dictionary):
        return np.zeros(len(values), dtype=bool)
    positions = codes.indices.fill_null(len(codes.dictionary)).to_numpy(zero_copy_only=False)
    counts = np.bincount(positions, minlength=len(codes.dictionary) + 1)
    counts[len(codes.dictionary)] = 0
    return np.asarray(counts[positions] > 1, dtype=bool)
