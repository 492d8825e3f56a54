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
import pyarrow.compute as pc

from comity.columns.buffers import Bools, Int64s
from comity.columns.gc_pause import pause_gc
from comity.columns.patterns import to_bools
from comity.columns.ragged import RaggedCodes, expand_rows
from comity.normalize.encode import EncodedTable, LexiconValue
from comity.normalize.name_classes import (
    GIVEN,
    MIN_MIDDLE_LETTERS,
    SURNAME,
    class_share,
    list_request_classes,
    own_classes,
)
from comity.normalize.name_parser import HONORIFICS
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
    place_codes: dict[str, int] = {}
    with pause_gc():
        surnames, given, middle, names = _class_lists_of_names(normalized.values)
        places = RaggedCodes.intern((place_classes(*value) for value in normalized.values["place"]), place_codes)
    of_row = {name: codes[rows].astype(np.int64) for name, codes in normalized.codes.items()}
    given_count = given.lengths()[of_row["given"]]
    name_count = given_count + middle.lengths()[of_row["middle"]]
    place_count = places.lengths()[of_row["place"]]
    entry_row, position = expand_rows(surnames.lengths()[of_row["surname"]] * name_count * place_count)
    position, place_position = np.divmod(position, place_count[entry_row])
    surname_position, given_position = np.divmod(position, name_count[entry_row])
    is_first_name = given_position < given_count[entry_row]
    # Daw Khin is Khin: what follows an honorific is the first name.
    has_honorific = np.array([first in HONORIFICS for first, *_ in normalized.values["given"]], np.bool_)
    return ClassEntries(
        row=rows[entry_row],
        surname=surnames.item(of_row["surname"][entry_row], surname_position),
        given=np.where(
            is_first_name,
            given.item(of_row["given"][entry_row], given_position),
            middle.item(of_row["middle"][entry_row], given_position - given_count[entry_row]),
        ),
        is_middle=~is_first_name & ~has_honorific[of_row["given"]][entry_row],
        place=places.item(of_row["place"][entry_row], place_position),
        names=names,
        places=pa.array(list(place_codes), pa.string()),
    )


def _class_lists_of_names(
    values: Mapping[str, Sequence[LexiconValue]],
) -> tuple[RaggedCodes, RaggedCodes, RaggedCodes, pa.Array]:
    """Return the classes of each surname, of each given name and of each middle name, and the texts of all classes.

    They are those that `surname_classes` and `given_name_classes` return for one.
    """
    surname, *halves = (_list_names(values["surname"], i) for i in range(3))
    first, whole = (_list_names(values["given"], i) for i in range(2))
    middle = _list_names(values["middle"], 0)
    has_halves = np.zeros(len(values["surname"]), np.bool_)
    has_halves[np.concatenate([rows for rows, _ in halves])] = True
    is_long = to_bools(pc.greater_equal(pc.binary_length(middle[1]), MIN_MIDDLE_LETTERS))
    found = (
        _with_request_classes(SURNAME, _take_names(surname, ~has_halves[surname[0]]), *halves),
        _with_own_class(_take_names(surname, has_halves[surname[0]])),
        _with_request_classes(GIVEN, first, whole),
        _with_own_class(_take_names(middle, is_long)),
    )
    encoded = pc.dictionary_encode(pa.concat_arrays([classes for _, classes in found]))
    codes = np.split(encoded.indices.to_numpy().astype(np.int64), np.cumsum([len(rows) for rows, _ in found])[:-1])
    entries = [(rows, of_rows) for (rows, _), of_rows in zip(found, codes, strict=True)]
    surname_rows, surname_codes = (np.concatenate(arrays) for arrays in zip(*entries[:2], strict=True))
    return (
        RaggedCodes.group(surname_rows, surname_codes, len(values["surname"])),
        RaggedCodes.group(*entries[2], len(values["given"])),
        RaggedCodes.group(*entries[3], len(values["middle"])),
        encoded.dictionary,
    )


_Names = tuple[Int64s, pa.Array]
"""Names or classes, each with the position of the value that it is of."""


def _list_names(values: Sequence[LexiconValue], column: int) -> _Names:
    """Return one column of a lexicon without its nulls."""
    names = pa.array([value[column] or None for value in values], pa.string())
    return np.flatnonzero(to_bools(names.is_valid())), names.drop_null()


def _take_names(names: _Names, is_taken: Bools) -> _Names:
    return names[0][is_taken], names[1].filter(pa.array(is_taken))


def _with_request_classes(part: str, *columns: _Names) -> _Names:
    """Return the classes of names as a request gives them, with the positions of their values."""
    rows = np.concatenate([of_column for of_column, _ in columns])
    encoded = pc.dictionary_encode(pa.concat_arrays([names for _, names in columns]))
    positions, classes = list_request_classes(part, encoded.dictionary)
    of_name = RaggedCodes.group(positions, np.arange(len(positions)), len(encoded.dictionary))
    codes = encoded.indices.to_numpy().astype(np.int64)
    name, offset = expand_rows(of_name.lengths()[codes])
    return rows[name], classes.take(pa.array(of_name.item(codes[name], offset)))


def _with_own_class(names: _Names) -> _Names:
    return names[0], own_classes(names[1])
