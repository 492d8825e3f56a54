"""A09: the place exists. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A09."""

import numpy as np
import pyarrow as pa

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, met_where
from comity.gates.text.place_parts import is_zip_in_state, parse_state
from comity.model.finding import Outcome
from comity.reference.placeholders import EMPTY_TOKEN_PATTERN, FILLER_PATTERN, NOT_PROVIDED_PATTERN, UNKNOWN_PATTERN
from comity.reference.zip_codes import find_zip_states

_finding = FindingBuilder("a09_place_exists", "26 USC 6103(i)(2)(B)(i)")
_CITY_PLACEHOLDER = f"{UNKNOWN_PATTERN}|{NOT_PROVIDED_PATTERN}|{EMPTY_TOKEN_PATTERN}|{FILLER_PATTERN}"


def a09_place_exists(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The row says in which place the street is, and that place exists.

    MET: a ZIP code (ZIP+4 as well) that can be in the state, if a state is written; or, without a ZIP code, a city
    and a state. NOT_MET: a state that does not exist, a ZIP code that is none or lies in another state, or neither
    a ZIP code nor both city and state. A city written as a placeholder counts as missing.
    """
    zips, states = rows.zip5, rows.state
    pairs = pa.array(zips.codes * len(states.values) + states.codes).dictionary_encode()
    zip_codes, state_codes = np.divmod(pairs.dictionary.to_numpy(), max(len(states.values), 1))
    zip_values, state_values = (
        column.values.take(pa.array(codes)).to_pylist() for column, codes in ((zips, zip_codes), (states, state_codes))
    )
    by_pair = np.array(
        [_place_status(str(zip5), str(state)) for zip5, state in zip(zip_values, state_values, strict=True)],
        dtype=np.int8,
    )
    status = by_pair[pairs.indices.to_numpy(zero_copy_only=False)]
    has_city = ~rows.city.matches_pattern(f"^[^A-Z]*$|{_CITY_PLACEHOLDER}")
    outcome = met_where((status == _ZIP_EXISTS) | ((status == _NEEDS_CITY) & has_city))
    outcome[rows.has_invalid_zip] = Outcome.NOT_MET
    return outcome


_NONEXISTENT, _ZIP_EXISTS, _NEEDS_CITY = 0, 1, 2


def _place_status(zip5: str, state: str) -> int:
    """Return whether a ZIP code and a state exist together, or need a city to name a place."""
    code = parse_state(state)
    if code is None:
        return _NONEXISTENT
    if not zip5:
        return _NEEDS_CITY if code else _NONEXISTENT
    exists = is_zip_in_state(zip5, code) if code else bool(find_zip_states(zip5))
    return _ZIP_EXISTS if exists else _NONEXISTENT


RULE = Rule(
    _finding.rule,
    "A09",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=a09_place_exists,
    columns=("zip", "city", "state"),
)
