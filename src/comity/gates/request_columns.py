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

from comity.columns.buffers import trim_whitespace
from comity.columns.dictionary_column import DictionaryColumn
from comity.columns.fold import (
    MAX_TEXT_LENGTH,
    PARALLEL_MIN_ROWS,
    Bools,
    Int8s,
    contains_any,
    fold,
    fold_lines,
    letter_sum_hashes,
    map_chunks_parallel,
    matches_pattern,
    mode_count,
    run_parallel,
    to_ascii,
    to_bools,
    to_string_array,
)
from comity.gates.text import place
from comity.gates.text.address_line import LineKind, classify_lines
from comity.gates.text.screening_patterns import DIGITS_ONLY, LINE_PATTERNS, REASON_KEYWORDS, TRAILING_PLACE
from comity.reference.states import MILITARY_STATES

_T = TypeVar("_T")
_PRECOMPUTED_COLUMNS = (
    "last_name", "first_name", "city", "zip", "final_order_date", "state", "officer_id", "suffix", "tax_year", "statute"
)  # fmt: skip
"""Columns that every batch's rules ask for and whose values repeat, the dearest first."""
_BOX_PREFIXES = frozenset({"PO BOX", "P O BOX", "POB", "BOX"})


class RequestColumns:
    """Every shared column of one batch, computed once."""

    def __init__(self, requests: pa.Table) -> None:
        self._requests = requests
        self._column_cache: dict[Hashable, Any] = {}
        self._value_cache: dict[Hashable, Any] = {}
        self.num_rows = int(requests.num_rows)

    def cached(self, what: Hashable, find: Callable[[], _T]) -> _T:
        """What `find` gives, found once: `find` must look at the rows alone, and at what `what` names."""
        if what not in self._value_cache:
            self._value_cache[what] = find()
        return self._value_cache[what]  # type: ignore[no-any-return]  # what it was given

    def cached_value(self, what: Hashable) -> Any:
        """What `once` found, or None when nobody asked."""
        return self._value_cache.get(what)

    def release_columns(self) -> None:
        """Give back the memory of every column; each is made again when it is asked for. What `once` found stays."""
        kept = {
            "_requests": self._requests,
            "_value_cache": self._value_cache,
            "_column_cache": {},
            "num_rows": self.num_rows,
        }
        vars(self).clear()
        vars(self).update(kept)

    def _cached_column(self, what: Hashable, make: Callable[[], _T]) -> _T:
        if what not in self._column_cache:
            self._column_cache[what] = make()
        return self._column_cache[what]  # type: ignore[no-any-return]  # as above

    def precompute(self) -> None:
        """Make what every batch's rules ask for and what does not rest on one another, on all processors.

        What raises is left to the rule that asks for it. For few rows there is nothing to gain.
        """
        if self.num_rows <= PARALLEL_MIN_ROWS:
            return
        works: list[Callable[[], Any]] = [partial(self.dictionary_column, name) for name in _PRECOMPUTED_COLUMNS]
        works += [lambda: self.screened_reason_rows, lambda: self.case_number, lambda: self.tin_digits]
        works = [
            lambda: self.address_line,
            *works,
        ]  # the line first: compiled loops take a while to load, columns do not
        run_parallel([partial(_suppress_errors, work) for work in works])

    def text_column(self, name: str) -> pa.Array:
        """A column as written, trimmed, nulls as ''; for those that seldom repeat."""
        return self._cached_column(name, lambda: trim_whitespace(to_string_array(self._requests[name])))

    def dictionary_column(self, name: str) -> DictionaryColumn:
        """The same for a column whose values repeat."""
        return self._cached_column(
            ("coded", name),
            lambda: DictionaryColumn.encode(to_string_array(self._requests[name])).map_values(trim_whitespace),
        )

    def folded_column(self, name: str) -> DictionaryColumn:
        """A column whose values repeat, folded."""
        return self._cached_column(("folded", name), lambda: self.dictionary_column(name).map_values(fold))

    @cached_property
    def case_number(self) -> pa.Array:
        """The case numbers, folded."""
        return fold(self._requests["case_number"])

    @cached_property
    def tin_digits(self) -> pa.Array:
        """The taxpayer numbers without their hyphens."""
        return pa.concat_arrays(
            map_chunks_parallel(lambda part: pc.replace_substring(part, "-", ""), self.text_column("tin"))
        )

    @property
    def max_rows_per_case(self) -> int:
        """How many rows hold the commonest case number, the empty one aside."""
        return self.cached("most of one case", lambda: mode_count(self.case_number))

    @cached_property
    def screened_reason_rows(self) -> npt.NDArray[np.int64]:
        """Where the reason has letters beyond ASCII, or words that some rule looks at more closely (R04, D02)."""
        return np.flatnonzero(contains_any(self.text_column("reason"), REASON_KEYWORDS))

    def reason_letter_hashes(self) -> npt.NDArray[np.int64]:
        """For each row a number that is the same for reasons alike but for case, marks, spaces and digits; 0 for none."""
        reason, where = self.text_column("reason"), self.screened_reason_rows
        sums = letter_sum_hashes(reason)
        sums[where] = letter_sum_hashes(to_ascii(reason.take(pa.array(where))))
        return sums

    @cached_property
    def address_line(self) -> pa.Array:
        """Street and second line, folded, as one line."""
        return fold_lines(self._requests["street"], self._requests["street2"])

    @cached_property
    def is_line_too_long(self) -> Bools:
        """Rows whose street lines are longer than any mailing address."""
        columns = (self._requests[name].cast(pa.string()) for name in ("street", "street2"))
        lengths = (pc.fill_null(pc.binary_length(column), 0) for column in columns)
        return to_bools(pc.greater(pc.add(*lengths), MAX_TEXT_LENGTH))

    @cached_property
    def _screened_lines(self) -> tuple[npt.NDArray[np.int64], pa.Array]:
        """The lines that some rule looks at more closely, found by one search for all of them; and where they are."""
        where = np.flatnonzero(
            matches_pattern(self.address_line, "|".join(f"(?:{pattern})" for pattern in LINE_PATTERNS))
        )
        return where, self.address_line.take(pa.array(where))

    def line_matches(self, pattern: str) -> Bools:
        """Rows in whose line a pattern occurs.

        Raises:
            RuntimeError: for a pattern that is not one of `telling.LINES`, which alone are searched for.
        """
        if pattern not in LINE_PATTERNS:
            raise RuntimeError("the lines are not searched for this pattern: add it to telling.LINES")
        where, lines = self._screened_lines
        found = np.zeros(self.num_rows, dtype=np.bool_)
        found[where] = matches_pattern(lines, pattern)
        return found

    def is_placeholder(self, pattern: str) -> Bools:
        """Rows whose line, whole or without the place it carries, is a placeholder of one kind; of `telling.LINES`, too."""
        found = self.line_matches(pattern)
        cut = self._address_columns.place_stripped_rows
        found[cut] |= matches_pattern(self.street_line.take(pa.array(cut)), pattern)
        return found

    @cached_property
    def _parsed_zip(self) -> tuple[DictionaryColumn, Bools]:
        """Five digits or '', and whether what is written is no ZIP code."""
        written = self.dictionary_column("zip")
        odd = ~matches_pattern(written.values, r"^[0-9]{5}(?:-[0-9]{4})?$")
        fives = [place.parse_zip5(str(value)) for value in written.values.filter(pa.array(odd)).to_pylist()]
        bad = np.zeros(len(odd), dtype=np.bool_)
        bad[odd] = [five is None for five in fives]
        usual = pc.utf8_slice_codeunits(written.values, 0, 5)
        zip5 = pc.replace_with_mask(usual, pa.array(odd), pa.array([five or "" for five in fives], pa.string()))
        return DictionaryColumn(zip5, written.codes).unify(), written.broadcast(bad)

    @property
    def has_invalid_zip(self) -> Bools:
        """Rows whose ZIP field is filled with something that is no ZIP code."""
        return self._parsed_zip[1]

    @cached_property
    def _address_columns(self) -> "AddressColumns":
        return _strip_places(
            self.address_line,
            self.line_matches(TRAILING_PLACE),
            self.folded_column("city"),
            self.folded_column("state"),
            self._parsed_zip[0],
        )

    @property
    def street_line(self) -> pa.Array:
        """The street line without the city, state and ZIP code it may carry."""
        return self._address_columns.street_line

    @property
    def city(self) -> DictionaryColumn:
        """The city: as written, or else as the street line carries it."""
        return self._address_columns.city

    @property
    def state(self) -> DictionaryColumn:
        """The state, likewise."""
        return self._address_columns.state

    @property
    def zip5(self) -> DictionaryColumn:
        """The five digits of the ZIP code, likewise."""
        return self._address_columns.zip5

    @cached_property
    def line_kinds(self) -> Int8s:
        """The `LineForm` of every row."""
        abroad = self.state.map_to_int8(lambda state: state in MILITARY_STATES) > 0
        forms = np.concatenate(
            map_chunks_parallel(classify_lines, self.street_line, self.city, abroad, self.is_line_too_long)
        )
        forms[(forms == LineKind.BLANK) & to_bools(pc.not_equal(self.address_line, ""))] = LineKind.PLACE_ONLY
        digits = self.line_matches(DIGITS_ONLY)
        forms[digits] = LineKind.DIGITS_ONLY
        forms[(forms == LineKind.DIGITS_ONLY) & ~digits] = LineKind.NO_STREET
        return forms


def _suppress_errors(work: Callable[[], Any]) -> None:
    with suppress(Exception):
        work()


class AddressColumns(NamedTuple):
    """The lines without the place that some carry, and which do; city, state and ZIP code: where empty, that place fills them."""

    place_stripped_rows: npt.NDArray[np.int64]
    street_line: pa.Array
    city: DictionaryColumn
    state: DictionaryColumn
    zip5: DictionaryColumn


def _strip_places(
    line: pa.Array, carries: Bools, city: DictionaryColumn, state: DictionaryColumn, zip5: DictionaryColumn
) -> AddressColumns:
    """What is written, read; `carries` are the rows whose line ends as if it carried a place."""
    no_city = city.is_empty()
    length = pc.binary_length(line).to_numpy(zero_copy_only=False)
    at = np.flatnonzero(
        (carries | no_city | (city.is_suffix_of(line) & (city.byte_lengths() == length))) & (length > 0)
    )
    # Nothing guides the eye where neither city nor ZIP code is written, but a country at the end is taken off.
    unguided = np.flatnonzero((no_city & ~carries)[at] & zip5[at].is_empty())
    at = np.delete(at, unguided[~matches_pattern(line.take(pa.array(at[unguided])), place.TRAILING_USA_PATTERN)])
    columns = [column.to_pylist() for column in (line.take(pa.array(at)), city[at].decode(), zip5[at].decode())]
    # Most of these are streets such as "12 OAK CT" with their city in its own field: leave those at once.
    found = {
        row: (written, place.strip_place(written, town, code))
        for row, written, town, code in zip(at.tolist(), *columns, strict=True)
        if not town or town in written or (written[-1:].isdigit() and written.rpartition(" ")[0] not in _BOX_PREFIXES)
    }
    found = {row: (written, parsed) for row, (written, parsed) in found.items() if parsed != (written, "", "", "")}
    rows = np.fromiter(found, dtype=np.int64, count=len(found))
    if not found:
        return AddressColumns(rows, line, city, state, zip5)
    mask = np.zeros(len(line), dtype=np.bool_)
    mask[rows] = True
    parsed = [carried for _, carried in found.values()]
    core = pc.replace_with_mask(line, pa.array(mask), pa.array([one.street_line for one in parsed], pa.string()))
    filled = (_fill_empty(*field, rows, parsed) for field in ((city, "city"), (state, "state"), (zip5, "zip5")))
    return AddressColumns(rows, core, *filled)


def _fill_empty(
    own: DictionaryColumn, name: str, rows: npt.NDArray[np.int64], parsed: list[place.StrippedLine]
) -> DictionaryColumn:
    """A field as written; where that is empty, as the line carries it."""
    empty = own[rows].is_empty()
    carried = [getattr(line, name) for line, is_so in zip(parsed, empty, strict=True) if is_so]
    return own.replace(rows[empty], carried)
