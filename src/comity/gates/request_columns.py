"""The columns of a batch as the row rules use them: folded and parsed once, on first use.

Guarantees: arrays follow the order of `Batch.requests`, one element per row; nothing here reads a record; everything
follows from the text of the rows alone, so it holds at any time and under any law.
Does not: decide. Times and limits come to the rules with `Facts`.
Start at `RequestColumns`.
"""

from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools, Int8s, Int64s, combine_chunks, trim_whitespace
from comity.columns.dictionary_column import DictionaryColumn
from comity.columns.fold import fold, fold_lines, to_ascii, to_string_array
from comity.columns.parallel import PARALLEL_MIN_ROWS, run_parallel
from comity.columns.patterns import matches_pattern, to_bools
from comity.columns.row_hashes import letter_sum_hashes, mode_count
from comity.columns.transliteration import MAX_TEXT_LENGTH
from comity.gates.text.address_columns import AddressColumns, strip_places
from comity.gates.text.address_line import LineKind, classify_addresses
from comity.gates.text.place_parts import parse_zip5
from comity.gates.text.reason_words import ScreenedText, ScreeningWords, screen_text
from comity.gates.text.screening_patterns import ANY_LINE_PATTERN, LinePattern
from comity.normalize.encode import EncodedTable, encode_table
from comity.normalize.place_classes import load_towns

_T = TypeVar("_T")
_PLACE_FIELDS = {"city": "city", "state": "state", "zip": "zip5"}
"""Columns of a place, and the properties of `RequestColumns` that hold it without what a line carried."""
_NORMALIZED = "normalized names and addresses"
PRECOMPUTED_COLUMNS = (
    "last_name",
    "first_name",
    "city",
    "zip",
    "final_order_date",
    "state",
    "officer_id",
    "tax_year",
    "statute",
    "element",
    "proceeding",
)
"""Dictionary columns that the rules read for every batch, the slowest to encode first (a test keeps the list true)."""


class RequestColumns:
    """Every shared column of one batch, computed once."""

    def __init__(self, requests: pa.Table) -> None:
        self._requests = requests
        self._column_cache: dict[Hashable, Any] = {}
        self._value_cache: dict[Hashable, Any] = {}
        self.num_rows = int(requests.num_rows)
        self.refused: Bools = np.zeros(self.num_rows, dtype=np.bool_)
        """The rows that the rules applied so far refuse; for rules that read it (`Rule.reads_refusals`)."""

    def cached(self, key: Hashable, compute: Callable[[], _T]) -> _T:
        """Return the value under `key`, computed on first use; `compute` may depend on the rows and `key` alone."""
        if key not in self._value_cache:
            self._value_cache[key] = compute()
        return self._value_cache[key]  # type: ignore[no-any-return]  # what `compute` returned

    def cached_value(self, key: Hashable) -> Any:
        """Return the value that `cached` stored under `key`, or None."""
        return self._value_cache.get(key)

    def release_columns(self) -> None:
        """Drop the columns, which are computed again on demand; keep the values stored with `cached`."""
        kept = {
            "_requests": self._requests,
            "_value_cache": self._value_cache,
            "_column_cache": {},
            "num_rows": self.num_rows,
            "refused": self.refused,
        }
        vars(self).clear()
        vars(self).update(kept)

    def _cached_column(self, key: Hashable, compute: Callable[[], _T]) -> _T:
        if key not in self._column_cache:
            self._column_cache[key] = compute()
        return self._column_cache[key]  # type: ignore[no-any-return]  # what `compute` returned

    def precompute(self, words: ScreeningWords | None = None) -> None:
        """Compute on all processors what the rules of every batch read, as far as it is independent of each other.

        `words` are those for which a reason is looked at. Errors are left to the rule that reads the column. For few
        rows there is nothing to gain.
        """
        if self.num_rows <= PARALLEL_MIN_ROWS:
            return
        # Normalizing takes longest and runs in Python, so it leaves a processor to the compiled work on columns. The
        # line comes next: its compiled loops take a while to load.
        tasks: list[Callable[[], Any]] = [lambda: self.normalized, lambda: self.address_line]
        tasks += [partial(self.dictionary_column, name) for name in PRECOMPUTED_COLUMNS]
        tasks += [lambda: self.screened_reasons(words or ScreeningWords()), lambda: self.case_number, load_towns]
        run_parallel([partial(_suppress_errors, task) for task in tasks])

    def text_column(self, name: str) -> pa.Array:
        """Return a column as written, trimmed, nulls as ''; for columns whose values seldom repeat."""
        return self._cached_column(name, lambda: trim_whitespace(to_string_array(self._requests[name])))

    def dictionary_column(self, name: str) -> DictionaryColumn:
        """Return a column as written, trimmed, nulls as ''; for columns whose values repeat."""
        return self._cached_column(
            ("dictionary", name),
            lambda: DictionaryColumn.encode(to_string_array(self._requests[name])).map_values(trim_whitespace),
        )

    def folded_column(self, name: str) -> DictionaryColumn:
        """Return a column whose values repeat, folded."""
        return self._cached_column(("folded", name), lambda: self.dictionary_column(name).map_values(fold))

    @cached_property
    def case_number(self) -> pa.Array:
        """Return the case numbers, folded."""
        return fold(self._requests["case_number"])

    @property
    def normalized(self) -> EncodedTable:
        """Return names and addresses as matching normalizes them."""
        return self.cached(_NORMALIZED, lambda: encode_table(self._requests))

    def release_normalized(self) -> EncodedTable | None:
        """Return what `normalized` computed, if it did, and keep it no longer."""
        normalized: EncodedTable | None = self._value_cache.pop(_NORMALIZED, None)
        return normalized

    @property
    def max_rows_per_case(self) -> int:
        """Return how many rows have the most common case number, not counting the empty one."""
        return self.cached("max rows per case", lambda: mode_count(self.case_number))

    @cached_property
    def whole_reason(self) -> pa.Array:
        """Return the reasons as written, however long, nulls as ''."""
        return combine_chunks(self._requests["reason"]).cast(pa.string()).fill_null("")

    def screened_reasons(self, words: ScreeningWords) -> ScreenedText:
        """Return the reasons that have a keyword, letters beyond ASCII or a disguised word: rules read no others."""
        return self._cached_column(("screened", words), lambda: screen_text(self.whole_reason, words))

    def reason_letter_hashes(self) -> Int64s:
        """Return a number per reason that ignores case, marks, spaces and digits; 0 for a reason without letters."""
        reason = self.text_column("reason")
        is_plain = to_bools(pc.string_is_ascii(reason))
        sums, unusual = letter_sum_hashes(reason), np.flatnonzero(~is_plain)
        if len(unusual):
            sums[unusual] = letter_sum_hashes(to_ascii(reason.take(pa.array(unusual))))
        return sums

    @cached_property
    def address_line(self) -> pa.Array:
        """Return street and second line, folded, as one line."""
        return fold_lines(self._requests["street"], self._requests["street2"])

    @cached_property
    def is_line_too_long(self) -> Bools:
        """Return for each row whether its street lines are longer than any mailing address."""
        columns = (self._requests[name].cast(pa.string()) for name in ("street", "street2"))
        lengths = (pc.fill_null(pc.binary_length(column), 0) for column in columns)
        return to_bools(pc.greater(pc.add(*lengths), MAX_TEXT_LENGTH))

    @cached_property
    def _screened_lines(self) -> tuple[Int64s, pa.Array]:
        """Return the rows in whose line some `LinePattern` occurs, found in one search, and those lines."""
        screened = np.flatnonzero(matches_pattern(self.address_line, ANY_LINE_PATTERN))
        return screened, self.address_line.take(pa.array(screened))

    def line_matches(self, pattern: LinePattern) -> Bools:
        """Return for each row whether a pattern occurs in its line."""
        screened, lines = self._screened_lines
        matches = np.zeros(self.num_rows, dtype=np.bool_)
        matches[screened] = matches_pattern(lines, pattern)
        return matches

    def is_placeholder(self, pattern: LinePattern) -> Bools:
        """Return for each row whether its line, with or without the place it carries, matches a placeholder pattern."""
        matches = self.line_matches(pattern)
        stripped_rows = self._address_columns.place_stripped_rows
        matches[stripped_rows] |= matches_pattern(self.street_line.take(pa.array(stripped_rows)), pattern)
        return matches

    @cached_property
    def _parsed_zip(self) -> tuple[DictionaryColumn, Bools]:
        """Return five digits or '' per row, and whether the field holds something that is no ZIP code."""
        written = self.dictionary_column("zip")
        irregular = ~matches_pattern(written.values, r"^[0-9]{5}(?:-[0-9]{4})?$")
        parsed = [parse_zip5(str(value)) for value in written.values.filter(pa.array(irregular)).to_pylist()]
        invalid = np.zeros(len(irregular), dtype=np.bool_)
        invalid[irregular] = [zip5 is None for zip5 in parsed]
        first_five = pc.utf8_slice_codeunits(written.values, 0, 5)
        replacements = pa.array([zip5 or "" for zip5 in parsed], pa.string())
        zip5 = pc.replace_with_mask(first_five, pa.array(irregular), replacements)
        return DictionaryColumn(zip5, written.codes).unify(), written.broadcast(invalid)

    @property
    def has_invalid_zip(self) -> Bools:
        """Return for each row whether its ZIP field holds something that is no ZIP code."""
        return self._parsed_zip[1]

    @cached_property
    def _address_columns(self) -> AddressColumns:
        return strip_places(
            self.address_line,
            self.line_matches(LinePattern.TRAILING_PLACE),
            city=self.folded_column("city"),
            state=self.folded_column("state"),
            zip5=self._parsed_zip[0],
        )

    @property
    def street_line(self) -> pa.Array:
        """Return the lines without the city, state and ZIP code that some carry."""
        return self._address_columns.street_line

    @property
    def city(self) -> DictionaryColumn:
        """Return the city as written, or, where that is empty, as the street line carries it."""
        return self._address_columns.city

    @property
    def state(self) -> DictionaryColumn:
        """Return the state as written, or, where that is empty, as the street line carries it."""
        return self._address_columns.state

    @property
    def zip5(self) -> DictionaryColumn:
        """Return the ZIP code's five digits as written, or, where that is empty, as the street line carries it."""
        return self._address_columns.zip5

    @cached_property
    def line_kinds(self) -> Int8s:
        """Return the `LineKind` of every row."""
        kinds = classify_addresses(self.normalized)
        stripped_rows = self._address_columns.place_stripped_rows
        stripped_lines = self.street_line.take(pa.array(stripped_rows))
        kinds[stripped_rows] = classify_addresses(self._normalize_stripped_lines(stripped_lines, stripped_rows))
        kinds[stripped_rows[matches_pattern(stripped_lines, r"^[0-9# ]+$")]] = LineKind.NO_STREET
        is_blank = to_bools(pc.equal(self.street_line, ""))
        kinds[is_blank] = LineKind.BLANK
        kinds[is_blank & to_bools(pc.not_equal(self.address_line, ""))] = LineKind.PLACE_ONLY
        kinds[self.is_line_too_long] = LineKind.TOO_LONG
        kinds[self.line_matches(LinePattern.DIGITS_ONLY)] = LineKind.DIGITS_ONLY
        return kinds

    def _normalize_stripped_lines(self, lines: pa.Array, rows: Int64s) -> EncodedTable:
        """Normalize the addresses of rows whose lines carried a place, without that place."""
        columns = {name: getattr(self, field)[rows].decode() for name, field in _PLACE_FIELDS.items()}
        return encode_table(pa.table({"street": lines, **columns}))


def _suppress_errors(task: Callable[[], Any]) -> None:
    with suppress(Exception):
        task()
