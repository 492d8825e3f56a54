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
    MIN_MIDDLE_LETTERS,
    SURNAME,
    class_share,
    list_request_classes,
    own_classes,
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
    values: Mapping[str, Sequence[LexiconValue]], codes: dict[str, int]
) -> tuple[RaggedCodes, RaggedCodes, RaggedCodes]:
    """Return the classes of each surname, of each given name, and of each middle name.

    They are those that `surname_classes` and `given_name_classes` return for one.
    """
    surnames, given = values["surname"], values["given"]
    whole = [(i, name) for i, (name, *halves) in enumerate(surnames) if name and not any(halves)]
    halves = [(i, half) for i, (_, *halves) in enumerate(surnames) for half in halves if half]
    joined = [(i, name) for i, (name, *halves) in enumerate(surnames) if name and any(halves)]
    given_names = [(i, name) for i, value in enumerate(given) for name in {*value} if name]
    middle = [(i, name) for i, (name,) in enumerate(values["middle"]) if name and len(name) >= MIN_MIDDLE_LETTERS]
    return (
        _group_classes(codes, len(surnames), _with_request_classes(SURNAME, whole + halves), _with_own_class(joined)),
        _group_classes(codes, len(given), _with_request_classes(GIVEN, given_names)),
        _group_classes(codes, len(values["middle"]), _with_own_class(middle)),
    )


_NamesOfValues = Sequence[tuple[int, str]]
"""Names, each with the position of the value that it is of."""
_ClassesOfValues = tuple[Int64s, list[str]]
"""Classes, and the position of the value that each is of."""


def _with_request_classes(part: str, names: _NamesOfValues) -> _ClassesOfValues:
    """Return the classes of names as a request gives them, with the positions of their values."""
    distinct: dict[str, int] = {}
    code_of_name = np.array([distinct.setdefault(name, len(distinct)) for _, name in names], np.int64)
    positions, classes = list_request_classes(part, list(distinct))
    of_name = RaggedCodes.group(positions, np.arange(len(positions)), len(distinct))
    name, offset = expand_rows(of_name.lengths()[code_of_name])
    entries = of_name.item(code_of_name[name], offset)
    return np.array([row for row, _ in names], np.int64)[name], [classes[entry] for entry in entries.tolist()]


def _with_own_class(names: _NamesOfValues) -> _ClassesOfValues:
    return np.array([row for row, _ in names], np.int64), own_classes([name for _, name in names])


def _group_classes(codes: dict[str, int], count: int, *found: _ClassesOfValues) -> RaggedCodes:
    """Return the classes of each of `count` values as codes, adding to `codes` those that have no number yet."""
    classes = [codes.setdefault(name_class, len(codes)) for _, of_values in found for name_class in of_values]
    return RaggedCodes.group(np.concatenate([rows for rows, _ in found]), np.array(classes, np.int64), count)
