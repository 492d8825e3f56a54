"""The rows of a batch as the row rules see them: columns folded and lines parsed once, on first use.

Guarantees: arrays are in the order of `Batch.requests`, one element per row; nothing here reads a record; all follows
from the rows' text alone, so that it holds whenever and by whatever law the batch is judged.
Does not: judge. Times and limits come to the rules with `Facts`.
Start at `Rows`.
"""

from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.gates import place
from comity.gates.address_line import LineForm, forms_of
from comity.gates.coded import Coded
from comity.gates.folding import (
    FEW,
    LONGEST,
    Bools,
    Int8s,
    finds,
    fold,
    fold_lines,
    in_parts,
    letter_sums,
    matches,
    most_of_one,
    plain,
    side_by_side,
    to_ascii,
    to_bools,
)
from comity.gates.telling import CARRIES_PLACE, DIGITS, LINES, REASONS
from comity.model.text import trim
from comity.reference.states import MILITARY

_T = TypeVar("_T")
_REPEATED = (
    "last_name", "first_name", "city", "zip", "final_order_date", "state", "officer_id", "suffix", "tax_year", "statute"
)  # fmt: skip
"""Columns that every batch's rules ask for and whose values repeat, the dearest first."""
_BOXES = frozenset({"PO BOX", "P O BOX", "POB", "BOX"})


class Rows:
    """Every shared column of one batch, computed once."""

    def __init__(self, requests: pa.Table) -> None:
        self._requests = requests
        self._made: dict[Hashable, Any] = {}
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
        kept = {"_requests": self._requests, "_once": self._once, "_made": {}, "count": self.count}
        vars(self).clear()
        vars(self).update(kept)

    def _column(self, what: Hashable, make: Callable[[], _T]) -> _T:
        if what not in self._made:
            self._made[what] = make()
        return self._made[what]  # type: ignore[no-any-return]  # as above

    def make_ready(self) -> None:
        """Make what every batch's rules ask for and what does not rest on one another, on all processors.

        What raises is left to the rule that asks for it. For few rows there is nothing to gain.
        """
        if self.count <= FEW:
            return
        works: list[Callable[[], Any]] = [partial(self.coded, name) for name in _REPEATED]
        works += [lambda: self.unusual_reasons, lambda: self.case_number, lambda: self.tin_digits]
        works = [lambda: self.line, *works]  # the line first: compiled loops take a while to load, columns do not
        side_by_side([partial(_try, work) for work in works])

    def text(self, name: str) -> pa.Array:
        """A column as written, trimmed, nulls as ''; for those that seldom repeat."""
        return self._column(name, lambda: trim(plain(self._requests[name])))

    def coded(self, name: str) -> Coded:
        """The same for a column whose values repeat."""
        return self._column(("coded", name), lambda: Coded.of(plain(self._requests[name])).mapped(trim))

    def folded(self, name: str) -> Coded:
        """A column whose values repeat, folded."""
        return self._column(("folded", name), lambda: self.coded(name).mapped(fold))

    @cached_property
    def case_number(self) -> pa.Array:
        """The case numbers, folded."""
        return fold(self._requests["case_number"])

    @cached_property
    def tin_digits(self) -> pa.Array:
        """The taxpayer numbers without their hyphens."""
        return pa.concat_arrays(in_parts(lambda part: pc.replace_substring(part, "-", ""), self.text("tin")))

    @property
    def most_of_one_case(self) -> int:
        """How many rows hold the commonest case number, the empty one aside."""
        return self.once("most of one case", lambda: most_of_one(self.case_number))

    @cached_property
    def unusual_reasons(self) -> npt.NDArray[np.int64]:
        """Where the reason has letters beyond ASCII, or words that some rule looks at more closely (R04, D02)."""
        return np.flatnonzero(finds(self.text("reason"), REASONS))

    def reason_letters(self) -> npt.NDArray[np.int64]:
        """For each row a number that is the same for reasons alike but for case, marks, spaces and digits; 0 for none."""
        reason, where = self.text("reason"), self.unusual_reasons
        sums = letter_sums(reason)
        sums[where] = letter_sums(to_ascii(reason.take(pa.array(where))))
        return sums

    @cached_property
    def line(self) -> pa.Array:
        """Street and second line, folded, as one line."""
        return fold_lines(self._requests["street"], self._requests["street2"])

    @cached_property
    def is_too_long(self) -> Bools:
        """Rows whose street lines are longer than any mailing address."""
        columns = (self._requests[name].cast(pa.string()) for name in ("street", "street2"))
        lengths = (pc.fill_null(pc.binary_length(column), 0) for column in columns)
        return to_bools(pc.greater(pc.add(*lengths), LONGEST))

    @cached_property
    def _telling(self) -> tuple[npt.NDArray[np.int64], pa.Array]:
        """The lines that some rule looks at more closely, found by one search for all of them; and where they are."""
        where = np.flatnonzero(matches(self.line, "|".join(f"(?:{pattern})" for pattern in LINES)))
        return where, self.line.take(pa.array(where))

    def line_matches(self, pattern: str) -> Bools:
        """Rows in whose line a pattern occurs.

        Raises:
            RuntimeError: for a pattern that is not one of `telling.LINES`, which alone are searched for.
        """
        if pattern not in LINES:
            raise RuntimeError("the lines are not searched for this pattern: add it to telling.LINES")
        where, lines = self._telling
        found = np.zeros(self.count, dtype=np.bool_)
        found[where] = matches(lines, pattern)
        return found

    def is_placeholder(self, pattern: str) -> Bools:
        """Rows whose line, whole or without the place it carries, is a placeholder of one kind; of `telling.LINES`, too."""
        found = self.line_matches(pattern)
        cut = self._parsed.cut
        found[cut] |= matches(self.core.take(pa.array(cut)), pattern)
        return found

    @cached_property
    def _written_zip(self) -> tuple[Coded, Bools]:
        """Five digits or '', and whether what is written is no ZIP code."""
        written = self.coded("zip")
        odd = ~matches(written.values, r"^[0-9]{5}(?:-[0-9]{4})?$")
        fives = [place.zip5_of(str(value)) for value in written.values.filter(pa.array(odd)).to_pylist()]
        bad = np.zeros(len(odd), dtype=np.bool_)
        bad[odd] = [five is None for five in fives]
        usual = pc.utf8_slice_codeunits(written.values, 0, 5)
        zip5 = pc.replace_with_mask(usual, pa.array(odd), pa.array([five or "" for five in fives], pa.string()))
        return Coded(zip5, written.codes).told_apart(), written.of_rows(bad)

    @property
    def has_bad_zip(self) -> Bools:
        """Rows whose ZIP field is filled with something that is no ZIP code."""
        return self._written_zip[1]

    @cached_property
    def _parsed(self) -> "Parsed":
        return _parse(
            self.line, self.line_matches(CARRIES_PLACE), self.folded("city"), self.folded("state"), self._written_zip[0]
        )

    @property
    def core(self) -> pa.Array:
        """The street line without the city, state and ZIP code it may carry."""
        return self._parsed.core

    @property
    def city(self) -> Coded:
        """The city: as written, or else as the street line carries it."""
        return self._parsed.city

    @property
    def state(self) -> Coded:
        """The state, likewise."""
        return self._parsed.state

    @property
    def zip5(self) -> Coded:
        """The five digits of the ZIP code, likewise."""
        return self._parsed.zip5

    @cached_property
    def forms(self) -> Int8s:
        """The `LineForm` of every row."""
        abroad = self.state.judged(lambda state: state in MILITARY) > 0
        forms = np.concatenate(in_parts(forms_of, self.core, self.city, abroad, self.is_too_long))
        forms[(forms == LineForm.BLANK) & to_bools(pc.not_equal(self.line, ""))] = LineForm.PLACE
        digits = self.line_matches(DIGITS)
        forms[digits] = LineForm.DIGITS
        forms[(forms == LineForm.DIGITS) & ~digits] = LineForm.NO_STREET
        return forms


def _try(work: Callable[[], Any]) -> None:
    with suppress(Exception):
        work()


class Parsed(NamedTuple):
    """The lines without the place that some carry, and which do; city, state and ZIP code: where empty, that place fills them."""

    cut: npt.NDArray[np.int64]
    core: pa.Array
    city: Coded
    state: Coded
    zip5: Coded


def _parse(line: pa.Array, carries: Bools, city: Coded, state: Coded, zip5: Coded) -> Parsed:
    """What is written, read; `carries` are the rows whose line ends as if it carried a place."""
    no_city = city.is_empty()
    length = pc.binary_length(line).to_numpy(zero_copy_only=False)
    at = np.flatnonzero((carries | no_city | (city.ends(line) & (city.sizes() == length))) & (length > 0))
    # Nothing guides the eye where neither city nor ZIP code is written, but a country at the end is taken off.
    unguided = np.flatnonzero((no_city & ~carries)[at] & zip5[at].is_empty())
    at = np.delete(at, unguided[~matches(line.take(pa.array(at[unguided])), place.COUNTRY_TAIL)])
    columns = [column.to_pylist() for column in (line.take(pa.array(at)), city[at].texts(), zip5[at].texts())]
    # Most of these are streets such as "12 OAK CT" with their city in its own field: leave those at once.
    found = {
        row: (written, place.strip_place(written, town, code))
        for row, written, town, code in zip(at.tolist(), *columns, strict=True)
        if not town or town in written or (written[-1:].isdigit() and written.rpartition(" ")[0] not in _BOXES)
    }
    found = {row: (written, parsed) for row, (written, parsed) in found.items() if parsed != (written, "", "", "")}
    rows = np.fromiter(found, dtype=np.int64, count=len(found))
    if not found:
        return Parsed(rows, line, city, state, zip5)
    mask = np.zeros(len(line), dtype=np.bool_)
    mask[rows] = True
    parsed = [carried for _, carried in found.values()]
    core = pc.replace_with_mask(line, pa.array(mask), pa.array([one.core for one in parsed], pa.string()))
    filled = (_filled(*field, rows, parsed) for field in ((city, "city"), (state, "state"), (zip5, "zip5")))
    return Parsed(rows, core, *filled)


def _filled(own: Coded, name: str, rows: npt.NDArray[np.int64], parsed: list[place.Line]) -> Coded:
    """A field as written; where that is empty, as the line carries it."""
    empty = own[rows].is_empty()
    carried = [getattr(line, name) for line, is_so in zip(parsed, empty, strict=True) if is_so]
    return own.replaced(rows[empty], carried)
