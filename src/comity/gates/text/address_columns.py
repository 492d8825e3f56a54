"""Address columns with the place that some street lines carry moved to the fields where it belongs.

Guarantees: what is written in the city, state and ZIP fields stays; only an empty field is filled from the line.
Does not: decide whether the place exists (A09).
Start at `strip_places`.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools, Int64s
from comity.columns.dictionary_column import DictionaryColumn
from comity.columns.patterns import matches_pattern
from comity.gates.text.place_parts import TRAILING_USA_PATTERN, StrippedLine, strip_place

_BOX_PREFIXES = frozenset({"PO BOX", "P O BOX", "POB", "BOX"})


class AddressColumns(NamedTuple):
    """Street lines without the place that some carried, the rows where that was so, and the place fields, filled."""

    place_stripped_rows: Int64s
    street_line: pa.Array
    city: DictionaryColumn
    state: DictionaryColumn
    zip5: DictionaryColumn


def strip_places(
    line: pa.Array, may_carry_place: Bools, *, city: DictionaryColumn, state: DictionaryColumn, zip5: DictionaryColumn
) -> AddressColumns:
    """Take the place off the lines that carry one, and fill empty place fields with it.

    Args:
        line: folded street lines.
        may_carry_place: the rows whose line ends as if it carried a place.
        city: the folded city field.
        state: the folded state field.
        zip5: five digits, or '' where the field has none.
    """
    candidates = _candidate_rows(line, may_carry_place, city, zip5)
    parsed = _parse_candidates(line, candidates, city, zip5)
    rows = np.fromiter(parsed, dtype=np.int64, count=len(parsed))
    if not parsed:
        return AddressColumns(rows, line, city, state, zip5)
    mask = np.zeros(len(line), dtype=np.bool_)
    mask[rows] = True
    stripped = list(parsed.values())
    street_lines = pa.array([result.street_line for result in stripped], pa.string())
    return AddressColumns(
        rows,
        pc.replace_with_mask(line, pa.array(mask), street_lines),
        _fill_empty(city, rows, [result.city for result in stripped]),
        _fill_empty(state, rows, [result.state for result in stripped]),
        _fill_empty(zip5, rows, [result.zip5 for result in stripped]),
    )


def _candidate_rows(line: pa.Array, may_carry_place: Bools, city: DictionaryColumn, zip5: DictionaryColumn) -> Int64s:
    """Return the rows whose line may carry a place."""
    no_city = city.is_empty()
    length = pc.binary_length(line).to_numpy(zero_copy_only=False)
    is_only_city = city.is_suffix_of(line) & (city.byte_lengths() == length)
    candidates = np.flatnonzero((may_carry_place | no_city | is_only_city) & (length > 0))
    # Without a city or a ZIP code in its own field nothing guides the search, but a trailing "USA" is taken off.
    unguided = np.flatnonzero((no_city & ~may_carry_place)[candidates] & zip5[candidates].is_empty())
    has_usa = matches_pattern(line.take(pa.array(candidates[unguided])), TRAILING_USA_PATTERN)
    return np.delete(candidates, unguided[~has_usa])


def _parse_candidates(
    line: pa.Array, candidates: Int64s, city: DictionaryColumn, zip5: DictionaryColumn
) -> dict[int, StrippedLine]:
    """Return what `strip_place` makes of the candidates that carry a place, by row."""
    columns = (line.take(pa.array(candidates)), city[candidates].decode(), zip5[candidates].decode())
    rows = zip(candidates.tolist(), *(column.to_pylist() for column in columns), strict=True)
    # Most candidates are streets such as "12 OAK CT" with their city in its own field: skip those without parsing.
    parsed = {
        row: (written, strip_place(written, row_city, row_zip5))
        for row, written, row_city, row_zip5 in rows
        if not row_city
        or row_city in written
        or (written[-1:].isdigit() and written.rpartition(" ")[0] not in _BOX_PREFIXES)
    }
    return {row: result for row, (written, result) in parsed.items() if result != (written, "", "", "")}


def _fill_empty(column: DictionaryColumn, rows: Int64s, carried: list[str]) -> DictionaryColumn:
    """Return a field with its empty values in `rows` replaced by what their lines carry."""
    is_empty = column[rows].is_empty()
    return column.replace(rows[is_empty], [text for text, empty in zip(carried, is_empty, strict=True) if empty])
