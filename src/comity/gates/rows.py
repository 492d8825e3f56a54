"""The rows of a batch as the row rules see them: columns folded and lines parsed once, on first use.

Guarantees: arrays are in the order of `Batch.requests`, one element per row; nothing here reads a record; all follows
from the rows' text alone, so that it holds whenever and by whatever law the batch is judged.
Does not: judge. Times and limits come to the rules with `Facts`.
Start at `Rows`.
"""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.gates import place
from comity.gates.address_line import LineForm, forms_of, is_too_long
from comity.gates.folding import Bools, Int8s, by_value, fold, in_parts, matches, most_of_one, plain, to_bools
from comity.model.text import trim
from comity.reference.placeholders import EMPTY_TOKEN, FILLER, NOT_PROVIDED, UNKNOWN
from comity.reference.states import MILITARY

_CARRIES_PLACE = rf"(?:^| )[0-9]{{5}}(?: ?[0-9]{{4}})?(?: USA?| UNITED STATES)?$| {place.STATE_TAIL}$"

_PLACEHOLDER = f"{UNKNOWN}|{NOT_PROVIDED}|{EMPTY_TOKEN}|{FILLER}"
_TELLING = (
    r"(?i)locat|whereabout|skip|vot|election|civil|operation|1231|241|benefit|welfare|medicaid|eligib|"
    r"vacat|stay|rescind|reopen|cancel|terminat|closed|citizen|naturali|resident|lpr|minor|juvenile|child"
)
_T = TypeVar("_T")
_REPEATED = frozenset({"street2", "city", "state", "suffix"})
"""Columns that say the same in most rows."""
_BOXES = frozenset({"PO BOX", "P O BOX", "POB", "BOX"})


class Rows:
    """Every shared column of one batch, computed once."""

    def __init__(self, requests: pa.Table) -> None:
        self._requests = requests
        self._text: dict[str, pa.Array] = {}
        self._folded: dict[str, pa.Array] = {}
        self._once: dict[Hashable, Any] = {}
        self.count = int(requests.num_rows)

    def once(self, what: Hashable, find: Callable[[], _T]) -> _T:
        """What `find` gives, found once: `find` must look at the rows alone, and at what `what` names."""
        if what not in self._once:
            self._once[what] = find()
        return self._once[what]  # type: ignore[no-any-return]  # what it was given

    def found(self, what: Hashable) -> Any:
        """What `once` found, or None when nobody asked."""
        return self._once.get(what)

    def forget_columns(self) -> None:
        """Give back the memory of every column; each is made again when it is asked for. What `once` found stays."""
        kept = {"_requests": self._requests, "_once": self._once, "_text": {}, "_folded": {}, "count": self.count}
        vars(self).clear()
        vars(self).update(kept)

    def text(self, name: str) -> pa.Array:
        """A column as written, trimmed, nulls as ''."""
        if name not in self._text:
            self._text[name] = trim(plain(self._requests[name]))
        return self._text[name]

    def most_of_one(self, name: str) -> int:
        """How many rows hold the commonest value of a column, folded, the empty one aside."""
        return self.once(("most of one", name), lambda: most_of_one(self.folded(name)))

    def by_value(self, name: str, judge: Callable[[str], int]) -> Int8s:
        """One small integer per row, from a function of the column's trimmed text."""
        return by_value(self.text(name), judge)

    def folded(self, name: str) -> pa.Array:
        """A column folded."""
        if name not in self._folded:
            column = self._requests[name]
            self._folded[name] = _fold_values(column) if name in _REPEATED else fold(column)
        return self._folded[name]

    def names(self, column: str) -> tuple[pa.Array, npt.NDArray[np.int32]]:
        """The distinct texts of a column of names, folded, and for each row which of them is its own."""
        return self.once(("names", column), lambda: _names(self.text(column)))

    @cached_property
    def telling_reasons(self) -> npt.NDArray[np.int64]:
        """Where the reason has letters that some rule looks at more closely (R04, D02): one search for all of them."""
        reason = self.text("reason")
        telling = matches(reason, _TELLING) | ~to_bools(pc.string_is_ascii(reason))
        return np.flatnonzero(telling)

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
        return _parse(self.line, self.written_city, self.written_state, self._written_zip[0])

    @cached_property
    def _suspects(self) -> tuple[npt.NDArray[np.int64], pa.Array, pa.Array]:
        """The rows whose line, or core, is some placeholder; and those lines and cores."""
        found = matches(self.line, _PLACEHOLDER)
        cut = np.flatnonzero(to_bools(pc.not_equal(self.line, self.core)))
        found[cut] |= matches(self.core.take(pa.array(cut)), _PLACEHOLDER)
        where = np.flatnonzero(found)
        return where, self.line.take(pa.array(where)), self.core.take(pa.array(where))

    def is_placeholder(self, pattern: str) -> Bools:
        """Rows whose line, whole or without the place it carries, is a placeholder of one kind."""
        where, line, core = self._suspects
        found = np.zeros(self.count, dtype=np.bool_)
        found[where] = matches(line, pattern) | matches(core, pattern)
        return found

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
        forms = np.concatenate(in_parts(forms_of, self.core, self.city, abroad, self.is_too_long))
        forms[(forms == LineForm.BLANK) & to_bools(pc.not_equal(self.line, ""))] = LineForm.PLACE
        digits = matches(self.line, r"^[0-9# ]+$")
        forms[digits] = LineForm.DIGITS
        forms[(forms == LineForm.DIGITS) & ~digits] = LineForm.NO_STREET
        return forms


def _names(text: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int32]]:
    encoded = text.dictionary_encode()
    return fold(encoded.dictionary), encoded.indices.to_numpy(zero_copy_only=False)


def _fold_values(column: pa.ChunkedArray) -> pa.Array:
    """A column folded, each distinct value once."""
    encoded = plain(column).dictionary_encode()
    return fold(encoded.dictionary).take(encoded.indices)


def _parse(
    line: pa.Array, city: pa.Array, state: pa.Array, zip5: pa.Array
) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """(core, city, state, zip5) from what is written."""
    ends_so = matches(line, _CARRIES_PLACE) | to_bools(pc.equal(city, "")) | to_bools(pc.equal(line, city))
    at = np.flatnonzero(ends_so)
    columns = [column.take(pa.array(at)).to_pylist() for column in (line, city, zip5)]
    # Most of these are streets such as "12 OAK CT" with their city in its own field: leave those at once.
    found = {
        row: (written, place.strip_place(written, town, code))
        for row, written, town, code in zip(at.tolist(), *columns, strict=True)
        if not town or town in written or (written[-1:].isdigit() and written.rpartition(" ")[0] not in _BOXES)
    }
    found = {row: (written, parsed) for row, (written, parsed) in found.items() if parsed != (written, "", "", "")}
    if not found:
        return line, city, state, zip5
    mask = np.zeros(len(line), dtype=np.bool_)
    mask[np.fromiter(found, dtype=np.int64)] = True
    changed = pa.array(mask)
    parsed = [line for _, line in found.values()]
    core = pc.replace_with_mask(line, changed, pa.array([one.core for one in parsed], pa.string()))
    filled = (_filled(*field, changed, parsed) for field in ((city, "city"), (state, "state"), (zip5, "zip5")))
    return core, *filled


def _filled(own: pa.Array, name: str, changed: pa.Array, parsed: list[place.Line]) -> pa.Array:
    """A field as written; where that is empty, as the line carries it."""
    carried = pa.array([getattr(line, name) for line in parsed], pa.string())
    some = own.filter(changed)
    return pc.replace_with_mask(own, changed, pc.if_else(pc.equal(some, ""), carried, some))
