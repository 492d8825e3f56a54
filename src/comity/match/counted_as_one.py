"""Say of pairs whether the history counts the request as one about the record: nothing else may be confirmed.

Matching forgives more than any count of classes could follow. This is where the two meet: a request that shares no
class of person and of building with a record, or that names a unit where the record has none, is not confirmed, however
likely; it would be one more try that nothing counts. An equal taxpayer number changes nothing: spellings that are
not counted, each with another number, would read the number.

Guarantees: a pair with equal names, house number, street and ZIP code counts as one.
Does not: weigh or decide (`scoring.py`, `comity.decide`).
Basis: promise 15; ADR 0026.
Start at `mark_counted_as_one`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Bools
from comity.match.comparisons import GIVEN_NAME, HOUSE_NUMBER, PLACE, STREET, SURNAME, UNIT
from comity.match.encode_requests import EncodedRequests
from comity.match.index.reader import Index, RecordIds64
from comity.match.pair_values import Values, read_pair_values
from comity.normalize.name_classes import given_name_classes, record_classes, request_classes, surname_classes
from comity.normalize.place_classes import number_class, place_classes, street_class
from comity.normalize.schema import LEXICONS

PersonClass = frozenset[str]
_COMPARED = (GIVEN_NAME, SURNAME, HOUSE_NUMBER, STREET, PLACE)
_NAMES_AND_STREET = (GIVEN_NAME, SURNAME, STREET)


def request_people(row: Values) -> frozenset[PersonClass]:
    """Return the classes of person that a request is counted in."""
    return _people(row, is_request=True)


def record_people(row: Values) -> frozenset[PersonClass]:
    """Return the classes of person that a record belongs to."""
    return _people(row, is_request=False)


def _people(row: Values, *, is_request: bool) -> frozenset[PersonClass]:
    classes = request_classes if is_request else record_classes
    (first, given), (middle,) = row["given"], row["middle"]
    return frozenset(
        frozenset({surname, given_name})
        for surname in surname_classes(*row["surname"], classes=classes)
        for given_name in given_name_classes(first, given, middle, classes=classes)
    )


def shares_classes(request: Values, record: Values) -> bool:
    """Return whether a request is counted in a class of person, and of building, that a record belongs to."""
    zip5, city, state = record["place"]
    prefixes = frozenset({zip5[:3]}) if zip5 else place_classes(zip5, city, state)
    return bool(
        number_class(request["number"][0]) == number_class(record["number"][0])
        and street_class(request["street"][0]) == street_class(record["street"][0])
        and (any(record["unit"]) or not any(request["unit"]))
        and place_classes(*request["place"]) & prefixes
        and request_people(request) & record_people(record)
    )


def mark_counted_as_one(
    index: Index,
    requests: EncodedRequests,
    request_index: npt.NDArray[np.int64],
    records: RecordIds64,
    levels: Mapping[str, npt.NDArray[Any]],
) -> Bools:
    """Mark the pairs that count as one; `levels` are the codes of their levels, by comparison.

    Most pairs are equal, or do not agree, by their levels; the text of the others is read.
    """
    exact = [comparison.mask(lambda level: level.is_exact)[levels[comparison.name]] for comparison in _COMPARED]
    has_unit = requests.codes["unit"][request_index] != 0
    adds_unit = has_unit & (levels["unit"] == UNIT.code("NULL"))
    counted: Bools = np.logical_and.reduce(exact) & ~adds_unit
    agrees = [comparison.mask(lambda level: level.agrees)[levels[comparison.name]] for comparison in _NAMES_AND_STREET]
    has_number = exact[_COMPARED.index(HOUSE_NUMBER)]
    unclear = np.flatnonzero(np.logical_and.reduce([*agrees, has_number, ~adds_unit, ~counted]))
    for position, asked, on_record in read_pair_values(index, requests, request_index, records, unclear, LEXICONS):
        counted[position] = shares_classes(asked, on_record)
    return counted
