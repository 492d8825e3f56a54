"""Every class of person and place that a row belongs to, one entry each: what the rules about probing count by.

A row counts if it sets forth a name and an address; what another rule refuses for lack of one reveals nothing.

Guarantees: computed from the text of the request alone, as matching normalizes it. Two rows that matching may confirm
against one record have an entry in common with that record, and `tests/properties/test_counted_as_one.py` holds
both sides to it.
Basis: promise 15; ADR 0026.
Start at `make_class_entries`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.buffers import Bools, Int64s
from comity.columns.gc_pause import pause_gc
from comity.columns.ragged import RaggedCodes, expand_rows
from comity.normalize.encode import EncodedTable, LexiconValue
from comity.normalize.name_classes import (
    GIVEN,
    SURNAME,
    class_share,
    given_name_classes,
    request_classes_of_all,
    surname_classes,
)
from comity.normalize.place_classes import place_classes


@dataclass(frozen=True, slots=True)
class ClassEntries:
    """The entries of all rows that count: each is a class of surname, one of given name and one of place.

    `row` is the row of each entry; `surname` and `given` are positions in `names`, `place` in `places`. `is_middle` are
    the entries in which the given name is the middle name.
    """

    row: Int64s
    surname: Int64s
    given: Int64s
    place: Int64s
    is_middle: Bools
    names: pa.Array
    places: pa.Array

    def person_share(self, entries: Int64s) -> npt.NDArray[np.float64]:
        """Return the share of people whom the Census leads to expect in the person class of some entries."""
        shares = []
        for part, codes in ((SURNAME, self.surname[entries]), (GIVEN, self.given[entries])):
            distinct, positions = np.unique(codes, return_inverse=True)
            names = self.names.take(pa.array(distinct)).to_pylist()
            shares.append(np.array([class_share(part, str(name)) for name in names], dtype=np.float64)[positions])
        return shares[0] * shares[1]


def make_class_entries(normalized: EncodedTable, is_counted: Bools) -> ClassEntries:
    """Return the entries of the rows that count."""
    rows = np.flatnonzero(is_counted)
    name_codes: dict[str, int] = {}
    place_codes: dict[str, int] = {}
    with pause_gc():
        surnames, given, middle = _class_lists_of_names(normalized.values, name_codes)
        places = RaggedCodes.intern((place_classes(*value) for value in normalized.values["place"]), place_codes)
    of_row = {name: codes[rows].astype(np.int64) for name, codes in normalized.codes.items()}
    given_count = given.lengths()[of_row["given"]]
    name_count = given_count + middle.lengths()[of_row["middle"]]
    place_count = places.lengths()[of_row["place"]]
    entry_row, position = expand_rows(surnames.lengths()[of_row["surname"]] * name_count * place_count)
    position, place_position = np.divmod(position, place_count[entry_row])
    surname_position, given_position = np.divmod(position, name_count[entry_row])
    is_first_name = given_position < given_count[entry_row]
    return ClassEntries(
        row=rows[entry_row],
        surname=surnames.item(of_row["surname"][entry_row], surname_position),
        given=np.where(
            is_first_name,
            given.item(of_row["given"][entry_row], given_position),
            middle.item(of_row["middle"][entry_row], given_position - given_count[entry_row]),
        ),
        is_middle=~is_first_name,
        place=places.item(of_row["place"][entry_row], place_position),
        names=pa.array(list(name_codes), pa.string()),
        places=pa.array(list(place_codes), pa.string()),
    )


def _class_lists_of_names(
    values: Mapping[str, Sequence[LexiconValue]], name_codes: dict[str, int]
) -> tuple[RaggedCodes, RaggedCodes, RaggedCodes]:
    """Return the classes of each surname, of each given name, and of each middle name."""
    parts = {
        SURNAME: {name for surname, *halves in values["surname"] for name in (halves if any(halves) else (surname,))},
        GIVEN: {name for value in values["given"] for name in value},
    }
    classes = {part: request_classes_of_all(part, [name for name in names if name]) for part, names in parts.items()}

    def classes_of(part: str, name: str) -> frozenset[str]:
        return classes[part][name]

    return (
        RaggedCodes.intern((surname_classes(*value, classes=classes_of) for value in values["surname"]), name_codes),
        RaggedCodes.intern(
            (given_name_classes(first, given, None, classes=classes_of) for first, given in values["given"]), name_codes
        ),
        RaggedCodes.intern(
            (given_name_classes(None, None, name, classes=classes_of) for (name,) in values["middle"]), name_codes
        ),
    )
