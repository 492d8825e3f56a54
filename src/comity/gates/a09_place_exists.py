"""A09: the place exists. Basis: 26 USC 6103(i)(2)(B)(i); law.md A09."""

import numpy as np
import pyarrow as pa

from comity.gates import place
from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, met_where
from comity.model.finding import Outcome
from comity.reference.placeholders import EMPTY_TOKEN, FILLER, NOT_PROVIDED, UNKNOWN
from comity.reference.zips import states_of_zip

_SAYS = Says("a09_place_exists", "26 USC 6103(i)(2)(B)(i)")
_PLACEHOLDER = f"{UNKNOWN}|{NOT_PROVIDED}|{EMPTY_TOKEN}|{FILLER}"


def a09_place_exists(_facts: Facts, rows: Rows) -> Int8s:
    """The row says in which place the street is, and that place exists.

    MET: a ZIP code (ZIP+4 as well) that can be in the state, if a state is written; or, without a ZIP code, a city
    and a state. NOT_MET: a state that does not exist, a ZIP code that is none or lies in another state, or neither
    a ZIP code nor both city and state. A city written as a placeholder counts as missing.
    """
    zips, states = rows.zip5, rows.state
    pairs = pa.array(zips.codes * len(states.values) + states.codes).dictionary_encode()
    zip_of, state_of = np.divmod(pairs.dictionary.to_numpy(), max(len(states.values), 1))
    written = zip(
        *(c.values.take(pa.array(of)).to_pylist() for c, of in ((zips, zip_of), (states, state_of))), strict=True
    )
    by_pair = np.array([_judge(str(zip5), str(state)) for zip5, state in written], dtype=np.int8)
    judged = by_pair[pairs.indices.to_numpy(zero_copy_only=False)]
    has_city = ~rows.city.matches(f"^[^A-Z]*$|{_PLACEHOLDER}")
    outcome = met_where((judged == _BY_ZIP) | ((judged == _BY_CITY) & has_city))
    outcome[rows.has_bad_zip] = Outcome.NOT_MET
    return outcome


_NOWHERE, _BY_ZIP, _BY_CITY = 0, 1, 2


def _judge(zip5: str, state: str) -> int:
    code = place.state_of(state)
    if code is None:
        return _NOWHERE
    if not zip5:
        return _BY_CITY if code else _NOWHERE
    exists = place.is_zip_in(zip5, code) if code else bool(states_of_zip(zip5))
    return _BY_ZIP if exists else _NOWHERE


RULE = Rule(_SAYS.rule, "A09", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a09_place_exists)
