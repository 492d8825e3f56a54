"""Say of pairs whether the history counts the request as one about the record: nothing else may be confirmed.

Matching forgives more than any count of classes could follow. This is where the two meet: a request that shares no
class of person and of building with a record, or that names a unit or a letter of the house where the record has none,
is not confirmed, however likely; it would be one more try that nothing counts. An equal taxpayer number changes
nothing: spellings that are not counted, each with another number, would read the number.

Guarantees: a pair with equal names, house number, street and ZIP code counts as one.
Does not: weigh or decide (`scoring.py`, `comity.decide`).
Basis: promise 15; ADR 0026.
Start at `mark_counted_as_one`.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Bools
from comity.match.comparisons import GIVEN_NAME, HOUSE_NUMBER, PLACE, STREET, SURNAME, UNIT
from comity.match.encode_requests import EncodedRequests
from comity.match.index.reader import Index, RecordIds64
from comity.match.pair_values import Values, read_pair_values
from comity.normalize.name_classes import (
    GIVEN,
    given_name_classes,
    record_classes,
    request_classes,
    request_classes_of_all,
    surname_classes,
)
from comity.normalize.name_classes import SURNAME as SURNAME_PART
from comity.normalize.place_classes import number_class, place_classes, record_place_class, street_class
from comity.normalize.schema import LEXICONS, NAME_LEXICONS

_COMPARED = (GIVEN_NAME, SURNAME, HOUSE_NUMBER, STREET, PLACE)
_NAMES_AND_STREET = (GIVEN_NAME, SURNAME, STREET)
_ADDRESS = (HOUSE_NUMBER, STREET, PLACE)


PersonClass = frozenset[str]
ClassesOf = Callable[[str, str], frozenset[str]]
"""Returns the classes of a name, by its part (`request_classes`)."""


def shares_person(request: Values, record: Values, classes: ClassesOf = request_classes) -> bool:
    """Return whether a request is counted in a class of person that a record belongs to.

    A person is a class of surname and one of given name, in either order: exchanged names are the same person's.
    """
    surnames, other_surnames = _surname_classes(request, classes), _surname_classes(record, record_classes)
    share_surname = not surnames.isdisjoint(other_surnames)
    if share_surname and request["given"] == record["given"]:
        return True
    given, other_given = _given_classes(request, classes), _given_classes(record, record_classes)
    return (share_surname and not given.isdisjoint(other_given)) or not (
        surnames.isdisjoint(other_given) or given.isdisjoint(other_surnames)
    )


def request_people(row: Values) -> frozenset[PersonClass]:
    """Return the classes of person that a request is counted in."""
    return _people(row, request_classes)


def record_people(row: Values) -> frozenset[PersonClass]:
    """Return the classes of person that a record belongs to."""
    return _people(row, record_classes)


def _people(row: Values, classes: ClassesOf) -> frozenset[PersonClass]:
    return frozenset(
        frozenset({surname, given_name})
        for surname in _surname_classes(row, classes)
        for given_name in _given_classes(row, classes)
    )


def _surname_classes(row: Values, classes: ClassesOf) -> frozenset[str]:
    return surname_classes(*row["surname"], classes=classes)


def _given_classes(row: Values, classes: ClassesOf) -> frozenset[str]:
    (first, given), (middle,) = row["given"], row["middle"]
    return given_name_classes(first, given, middle, classes=classes)


def _find_request_classes(requests: Iterable[Values]) -> ClassesOf:
    """Return `request_classes` for the names of these requests, found for all at once."""
    names: dict[str, set[str]] = {GIVEN: set(), SURNAME_PART: set()}
    for request in requests:
        names[GIVEN].update(filter(None, request["given"]))
        names[SURNAME_PART].update(filter(None, request["surname"]))
    found = {part: request_classes_of_all(part, list(of_part)) for part, of_part in names.items()}
    return lambda part, name: found[part][name]


def shares_classes(request: Values, record: Values) -> bool:
    """Return whether a request is counted in a class of person, and of building, that a record belongs to."""
    return shares_building(request, record) and shares_person(request, record)


def shares_building(request: Values, record: Values) -> bool:
    """Return whether a request is counted in a class of building that a record belongs to."""
    return bool(
        number_class(request["number"][0]) == number_class(record["number"][0])
        and street_class(request["street"][0]) == street_class(record["street"][0])
        and (any(record["unit"]) or not any(request["unit"]))
        and record_place_class(*record["place"]) in place_classes(*request["place"])
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
    lacks_unit = levels["unit"] == UNIT.code("NULL")
    adds_unit = has_unit & lacks_unit
    has_letter = requests.has_house_letter[request_index]
    lettered = np.flatnonzero(has_letter & lacks_unit & ~adds_unit)
    for position, asked, on_record in read_pair_values(index, requests, request_index, records, lettered, LEXICONS):
        adds_unit[position] = asked["number"][1] != on_record["number"][1]
    counted: Bools = np.logical_and.reduce(exact) & ~adds_unit
    agrees = [comparison.mask(lambda level: level.agrees)[levels[comparison.name]] for comparison in _NAMES_AND_STREET]
    has_number = exact[_COMPARED.index(HOUSE_NUMBER)]
    unclear = np.logical_and.reduce([*agrees, has_number, ~adds_unit, ~counted])
    is_same_address = np.logical_and.reduce([exact[_COMPARED.index(comparison)] for comparison in _ADDRESS])
    pairs = (index, requests, request_index, records)
    at_address = read_pair_values(*pairs, np.flatnonzero(unclear & is_same_address), NAME_LEXICONS)
    elsewhere = read_pair_values(*pairs, np.flatnonzero(unclear & ~is_same_address), LEXICONS)
    in_building = (pair for pair in elsewhere if shares_building(*pair[1:]))
    counted[find_shared_people(chain(at_address, in_building))] = True
    return counted


def find_shared_people(pairs: Iterable[tuple[int, Values, Values]]) -> list[int]:
    """Return the positions of the pairs that share a person.

    Most do by the classes that a record with the names of the request would have. The names of the others are looked up
    as what they may be a slip for, all at once.
    """
    found, others = [], []
    for position, asked, on_record in pairs:
        if shares_person(asked, on_record, record_classes):
            found.append(position)
        else:
            others.append((position, asked, on_record))
    classes = _find_request_classes(asked for _, asked, _ in others)
    return found + [position for position, asked, on_record in others if shares_person(asked, on_record, classes)]
