"""A09: the place exists. Basis: 26 USC 6103(i)(2)(B)(i); law.md A09."""

import re

import numpy as np
import pyarrow as pa

from comity.gates import place
from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says
from comity.model.finding import Outcome
from comity.reference.placeholders import EMPTY_TOKEN, FILLER, NOT_PROVIDED, UNKNOWN
from comity.reference.zips import states_of_zip

_SAYS = Says("a09_place_exists", "26 USC 6103(i)(2)(B)(i)")
_PLACEHOLDERS = [re.compile(pattern) for pattern in (UNKNOWN, NOT_PROVIDED, EMPTY_TOKEN, FILLER)]


def a09_place_exists(_facts: Facts, rows: Rows) -> Int8s:
    """The row says in which place the street is, and that place exists.

    MET: a ZIP code (ZIP+4 as well) that can be in the state, if a state is written; or, without a ZIP code, a city
    and a state. NOT_MET: a state that does not exist, a ZIP code that is none or lies in another state, or neither
    a ZIP code nor both city and state. A city written as a placeholder counts as missing.
    """
    zips, states, cities = (column.dictionary_encode() for column in (rows.zip5, rows.state, rows.city))
    has_city = np.array([_is_city(str(city)) for city in cities.dictionary.to_pylist()] or [False])[_codes(cities)]
    pairs = _codes(zips).astype(np.int64) * (len(states.dictionary) + 1) + _codes(states)
    encoded = pa.array(pairs).dictionary_encode()
    distinct, where = encoded.dictionary.to_pylist(), _codes(encoded)
    zip_names, state_names = zips.dictionary.to_pylist(), states.dictionary.to_pylist()
    judged = np.array(
        [_judge(str(zip_names[p // (len(state_names) + 1)]), str(state_names[p % (len(state_names) + 1)])) for p in distinct]
        or [0],
        dtype=np.int8,
    )[where]  # fmt: skip
    outcome = np.where((judged == _BY_ZIP) | ((judged == _BY_CITY) & has_city), Outcome.MET, Outcome.NOT_MET)
    outcome[rows.has_bad_zip] = Outcome.NOT_MET
    return outcome.astype(np.int8)


_NOWHERE, _BY_ZIP, _BY_CITY = 0, 1, 2


def _judge(zip5: str, state: str) -> int:
    code = place.state_of(state)
    if code is None:
        return _NOWHERE
    if not zip5:
        return _BY_CITY if code else _NOWHERE
    exists = place.is_zip_in(zip5, code) if code else bool(states_of_zip(zip5))
    return _BY_ZIP if exists else _NOWHERE


def _is_city(folded: str) -> bool:
    return any(map(str.isalpha, folded)) and not any(p.match(folded) for p in _PLACEHOLDERS)


def _codes(encoded: pa.DictionaryArray) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int32)


RULE = Rule(_SAYS.rule, "A09", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a09_place_exists)
