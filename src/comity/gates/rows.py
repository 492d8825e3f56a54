"""The rows of a batch as the row rules see them: columns folded and lines parsed once, on first use.

Guarantees: arrays are in the order of `Batch.requests`, one element per row; nothing here reads a record.
Does not: judge. Times and limits come to the rules with `Facts`.
Start at `Rows`.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.gates import place
from comity.gates.address_line import LineForm, forms_of, is_too_long
from comity.gates.folding import Bools, Int8s, by_value, fold, matches, plain, to_bools
from comity.reference.states import MILITARY

_CARRIES_PLACE = rf"(?:^| )[0-9]{{5}}(?: ?[0-9]{{4}})?(?: USA?| UNITED STATES)?$| {place.STATE_TAIL}$"

T = TypeVar("T")

_BOXES = frozenset({"PO BOX", "P O BOX", "POB", "BOX"})


class Rows:
    """Every shared column of one batch, computed once."""

    def __init__(self, requests: pa.Table) -> None:
        self._requests = requests
        self._text: dict[str, pa.Array] = {}
        self._folded: dict[str, pa.Array] = {}
        self._made: dict[str, Any] = {}
        self.count = int(requests.num_rows)

    def text(self, name: str) -> pa.Array:
        """A column as written, trimmed, nulls as ''."""
        if name not in self._text:
            self._text[name] = pc.utf8_trim_whitespace(plain(self._requests[name]))
        return self._text[name]

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What several rules share of these rows beside their columns, made for the first that asks."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    def by_value(self, name: str, judge: Callable[[str], int]) -> Int8s:
        """One small integer per row, from a function of the column's trimmed text."""
        return by_value(self.text(name), judge)

    def folded(self, name: str) -> pa.Array:
        """A column folded."""
        if name not in self._folded:
            self._folded[name] = fold(self._requests[name])
        return self._folded[name]

    @cached_property
    def line(self) -> pa.Array:
        """Street and second line, folded, as one line."""
        street, street2 = self.folded("street"), self.folded("street2")
        return pc.ascii_trim(pc.binary_join_element_wise(street, street2, " "), " ")

    @cached_property
    def is_too_long(self) -> Bools:
        """Rows whose street lines are longer than any mailing address."""
        return is_too_long(plain(self._requests["street"]), plain(self._requests["street2"]))

    @cached_property
    def written_city(self) -> pa.Array:
        """The city field, folded."""
        return self.folded("city")

    @cached_property
    def written_state(self) -> pa.Array:
        """The state field, folded."""
        return self.folded("state")

    @cached_property
    def _written_zip(self) -> tuple[pa.Array, Bools]:
        """Five digits or '', and whether what is written is no ZIP code."""
        text = self.text("zip")
        usual = pc.match_substring_regex(text, r"^[0-9]{5}(?:-[0-9]{4})?$")
        odd = np.flatnonzero(~to_bools(usual))
        fives = [place.zip5_of(str(value)) for value in text.take(pa.array(odd)).to_pylist()]
        bad = np.zeros(self.count, dtype=np.bool_)
        bad[odd] = [five is None for five in fives]
        column = pc.utf8_slice_codeunits(text, 0, 5)
        return pc.replace_with_mask(
            column, pc.invert(usual), pa.array([five or "" for five in fives], pa.string())
        ), bad

    @property
    def has_bad_zip(self) -> Bools:
        """Rows whose ZIP field is filled with something that is no ZIP code."""
        return self._written_zip[1]

    @cached_property
    def _parsed(self) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
        """(core, city, state, zip5): lines without the place they carried; that place fills fields left empty."""
        city, state, zip5 = self.written_city, self.written_state, self._written_zip[0]
        ends_so = (
            matches(self.line, _CARRIES_PLACE) | to_bools(pc.equal(city, "")) | to_bools(pc.equal(self.line, city))
        )
        at = np.flatnonzero(ends_so)
        columns = [column.take(pa.array(at)).to_pylist() for column in (self.line, city, zip5)]
        # Most of these are streets such as "12 OAK CT" with their city in its own field: leave those at once.
        found = {
            row: place.strip_place(line, town, code)
            for row, line, town, code in zip(at.tolist(), *columns, strict=True)
            if not town or town in line or (line[-1:].isdigit() and line.rpartition(" ")[0] not in _BOXES)
        }
        found = {row: line for row, line in found.items() if line != (self.line[row].as_py(), "", "", "")}
        if not found:
            return self.line, city, state, zip5
        where = np.fromiter(found, dtype=np.int64)
        mask = np.zeros(self.count, dtype=np.bool_)
        mask[where] = True
        core, *filled = (
            pc.replace_with_mask(
                own,
                pa.array(mask),
                pa.array([_kept(own[row].as_py(), line, name) for row, line in found.items()], pa.string()),
            )
            for own, name in ((self.line, "core"), (city, "city"), (state, "state"), (zip5, "zip5"))
        )
        return core, filled[0], filled[1], filled[2]

    @property
    def core(self) -> pa.Array:
        """The street line without the city, state and ZIP code it may carry."""
        return self._parsed[0]

    @property
    def city(self) -> pa.Array:
        """The city: as written, or else as the street line carries it."""
        return self._parsed[1]

    @property
    def state(self) -> pa.Array:
        """The state, likewise."""
        return self._parsed[2]

    @property
    def zip5(self) -> pa.Array:
        """The five digits of the ZIP code, likewise."""
        return self._parsed[3]

    @cached_property
    def forms(self) -> Int8s:
        """The `LineForm` of every row."""
        abroad = to_bools(pc.is_in(self.state, pa.array(list(MILITARY))))
        forms = forms_of(self.core, self.city, abroad, self.is_too_long)
        forms[(forms == LineForm.BLANK) & to_bools(pc.not_equal(self.line, ""))] = LineForm.PLACE
        digits = matches(self.line, r"^[0-9# ]+$")
        forms[digits] = LineForm.DIGITS
        forms[(forms == LineForm.DIGITS) & ~digits] = LineForm.NO_STREET
        return forms


def _kept(own: str, line: place.Line, name: str) -> str:
    """The line itself gives way to its core; a field of the row stays unless it is empty."""
    carried = str(getattr(line, name))
    return carried if name == "core" else own or carried
