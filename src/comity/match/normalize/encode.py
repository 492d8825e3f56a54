"""Tables in normal form, as numbers: every distinct value once, and a number per row and lexicon.

The columns are not read row by row: each distinct text is, and most lines of addresses fall apart into a number, a
street and a unit of which each is read once (interning.py). What depends on several columns is put together from the
numbers.

Guarantees: each row has the values that `normal_form` gives it (form.py), whatever else is in the table.
Does not: hold texts from one table to the next, but for the heads of streets, of which the last seen are kept.
Start at `code_rows`.
"""

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.gc_pause import pause_gc
from comity.match.index.format import GENERATIONAL_SUFFIXES
from comity.match.index.lexicons import LEXICONS, NULL_VALUES
from comity.match.normalize.address_parser import (
    ParsedAddress,
    ParsedRemainder,
    assemble_address,
    coalesce,
    parse_after_number,
    parse_house_number,
    street_columns,
    urbanization_unit,
)
from comity.match.normalize.ascii_text import to_upper_ascii, trie_pattern
from comity.match.normalize.boxes_and_units import LineRemainder, parse_remainder, parse_unit, unit_boundary_flags
from comity.match.normalize.line_splitter import (
    NO_NUMBER_SENTINEL,
    AddressLine,
    clean_line,
    has_trailing_place,
    join_lines,
    split_address_line,
    split_house_number,
)
from comity.match.normalize.name_parser import (
    is_single_word,
    parse_given_name,
    parse_middle_name,
    parse_suffix,
    parse_surname,
)
from comity.match.normalize.normalized_row import TEXT_COLUMNS, normalize_row
from comity.match.normalize.place_parser import (
    LEADING_ZERO_STATES,
    ParsedPlace,
    parse_city,
    parse_place,
    parse_state,
    parse_zip,
)
from comity.match.normalize.plain_lines import (
    LINE_NEEDS_PARSER,
    LINE_SPLIT,
    UNIT_DESIGNATORS,
    Codes,
    compact_codes,
    intern,
    intern_pairs,
    split_plain_lines,
)
from comity.match.normalize.street_parser import EMPTY_STREET, parse_street

LexiconValue = tuple[str | None, ...]
Ids = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
_SUFFIX_CODES = {suffix: code for code, suffix in enumerate(GENERATIONAL_SUFFIXES)}
_PLAIN_UNIT = re.compile(f"{trie_pattern(UNIT_DESIGNATORS)} (?:# )?(?:[A-Z]{{0,2}}[0-9][A-Z0-9]*|[A-Z]{{1,2}})")
_MIN_COLUMNAR_ROWS = 50
_SAMPLE_BOX_NUMBERS = ("7", "98765")
_EMPTY_PLACE = ParsedPlace()


@dataclass(frozen=True, slots=True)
class EncodedTable:
    """Rows in normal form, as numbers.

    `values` has each lexicon's distinct values in order of first appearance, the first of them `MISSING`; `codes` the
    place in that list for each row; `suffix` the place in `SUFFIXES`. A direction without a street is missing, too.
    """

    values: dict[str, list[LexiconValue]]
    codes: dict[str, Codes]
    suffix: npt.NDArray[np.uint8]


class _LexiconBuilder:
    """The values met so far."""

    def __init__(self, missing: LexiconValue) -> None:
        self.values = [missing]
        self._code_by_value = {missing: 0}

    def encode(self, value: LexiconValue) -> int:
        """The number of a value; a new one is added."""
        found = self._code_by_value.get(value)
        if found is None:
            found = self._code_by_value[value] = len(self.values)
            self.values.append(value)
        return found

    def append_new(self, values: list[LexiconValue]) -> Ids:
        """The numbers of values that are new, and each another."""
        numbers = range(len(self.values), len(self.values) + len(values))
        self._code_by_value.update(zip(values, numbers, strict=True))
        self.values += values
        return np.array(numbers, np.uint32)

    def encode_texts(self, values: Iterable[str | None]) -> Ids:
        """The numbers of single texts."""
        return np.array([self.encode((value,)) for value in values], dtype=np.uint32)

    def compact(self, ids: Ids) -> tuple[list[LexiconValue], Codes]:
        """The values in order of appearance, and the rows' places in them."""
        codes, old = compact_codes(ids, len(self.values))
        return [self.values[i] for i in old.tolist()], codes


class _StreetLexiconBuilder(_LexiconBuilder):
    """Streets, of which a direction alone is none."""

    def encode(self, value: LexiconValue) -> int:
        """The number of a value; a new one is added."""
        return 0 if value[0] is None and value[2] is None else super().encode(value)


def encode_table(raw: pa.Table) -> EncodedTable:
    """The rows of a table with the columns `TEXT` (any may be null or absent) in normal form.

    >>> coded = code_rows(pa.table({"first_name": ["Ann", None, "ANN"]}))
    >>> coded.values["given"], coded.codes["given"].tolist()
    ([(None, None), ('ANN', 'ANN')], [1, 0, 1])
    """
    if len(raw) < _MIN_COLUMNAR_ROWS:
        return _encode_row_by_row(raw)
    columns = {name: _column(raw, name) for name in TEXT_COLUMNS}
    with pause_gc(), ThreadPoolExecutor(1) as other:
        addresses = other.submit(_encode_addresses, columns)
        coded, suffix = _encode_names(columns)
        coded |= addresses.result()
    return EncodedTable(
        {name: coded[name][0] for name in NULL_VALUES}, {name: coded[name][1] for name in NULL_VALUES}, suffix
    )


def _encode_row_by_row(raw: pa.Table) -> EncodedTable:
    """A few rows, one by one: tables of distinct texts would cost more than they save."""
    there = set(raw.column_names)
    texts = [raw.column(c).to_pylist() if c in there else [None] * len(raw) for c in TEXT_COLUMNS]
    people = [normalize_row(*row) for row in zip(*texts, strict=True)]
    lexicons = {
        name: (_StreetLexiconBuilder if name == "street" else _LexiconBuilder)(missing)
        for name, missing in NULL_VALUES.items()
    }
    codes = {
        x.name: np.array([lexicons[x.name].encode(tuple(getattr(p, c) for c in x.columns)) for p in people], np.uint32)
        for x in LEXICONS
    }
    suffix = np.array([_SUFFIX_CODES[p.suffix] for p in people], np.uint8)
    return EncodedTable({name: lexicon.values for name, lexicon in lexicons.items()}, codes, suffix)


def _column(raw: pa.Table, name: str) -> pa.Array:
    if name not in raw.column_names:
        return pa.nulls(len(raw), pa.large_string())
    return raw.column(name).cast(pa.large_string()).combine_chunks()


def _parse_distinct(column: pa.Array, read: Callable[[str | None], tuple[int, ...]]) -> Ids:
    """What is read from each row's text, as numbers; each distinct text is read once."""
    codes, texts = intern(column)
    return np.array([read(to_upper_ascii(text)) for text in texts], np.uint32).T[:, codes]


def _parse_distinct_names(
    column: pa.Array,
    lexicon: _LexiconBuilder,
    value: Callable[[list[str]], list[LexiconValue]],
    read: Callable[[str | None], tuple[int, ...]],
) -> Ids:
    """As `_read_each`; but a name that is one word of letters, as most are, is taken as it stands, all of them at once.

    `value` makes values of such words, of which the `lexicon` has none yet. Of what `read` gives, the first is the number in
    the lexicon; the others are 0 for such a word.
    """
    codes, texts = intern(column)
    is_word = _bool_array(is_single_word(text) for text in texts)
    words, others = np.flatnonzero(is_word), np.flatnonzero(~is_word)
    ids = lexicon.append_new(value([texts[i] for i in words.tolist()]))
    of_others = np.array([read(to_upper_ascii(texts[i])) for i in others.tolist()], np.uint32).T
    made = np.zeros((len(of_others), len(texts)), np.uint32)
    made[0, words] = ids
    made[:, others] = of_others
    return made[:, codes]


def _encode_names(
    columns: dict[str, pa.Array],
) -> tuple[dict[str, tuple[list[LexiconValue], Codes]], npt.NDArray[np.uint8]]:
    """Names and suffix; see `put_together` in names.py for what is taken from which field."""
    given, middle, surname = (_LexiconBuilder(NULL_VALUES[name]) for name in ("given", "middle", "surname"))

    def first_name(text: str | None) -> tuple[int, ...]:
        read = parse_given_name(text)
        more = middle.encode((read.additional_names.replace(" ", "") if read.additional_names else None,))
        return given.encode(read[:2]), more, _SUFFIX_CODES[read.suffix]

    def middle_name(text: str | None) -> tuple[int, ...]:
        name, suffix = parse_middle_name(text)
        return middle.encode((name,)), _SUFFIX_CODES[suffix]

    def last_name(text: str | None) -> tuple[int, ...]:
        read = parse_surname(text)
        return surname.encode(read[:3]), _SUFFIX_CODES[read.suffix]

    # Middle names come first, as a first name's field adds some to their lexicon.
    middle_ids, middle_suffix = _parse_distinct_names(
        columns["middle_name"], middle, lambda words: list(zip(words, strict=True)), middle_name
    )
    given_ids, more_ids, given_suffix = _parse_distinct_names(
        columns["first_name"], given, lambda words: list(zip(words, words, strict=True)), first_name
    )
    surname_ids, surname_suffix = _parse_distinct_names(
        columns["last_name"],
        surname,
        lambda words: list(zip(words, repeat(None), repeat(None), strict=False)),
        last_name,
    )
    (suffix,) = _parse_distinct(columns["suffix"], lambda text: (_SUFFIX_CODES[parse_suffix(text)],))
    is_thi = _bool_array(name == "THI" for name, _ in given.values)
    is_long = _bool_array(name is not None and len(name) > 1 for (name,) in middle.values)
    turned = np.flatnonzero(is_thi[given_ids] & is_long[middle_ids])
    for row in turned.tolist():
        (name,) = middle.values[middle_ids[row]]
        given_ids[row] = given.encode((name, name))
    middle_ids = np.where(middle_ids, middle_ids, more_ids)
    middle_ids[turned] = middle.encode(("THI",))
    for other in (surname_suffix, given_suffix, middle_suffix):
        suffix = np.where(suffix, suffix, other)
    coded = {
        "given": given.compact(given_ids), "middle": middle.compact(middle_ids), "surname": surname.compact(surname_ids),
    }  # fmt: skip
    return coded, suffix.astype(np.uint8)


def _bool_array(values: Iterable[bool]) -> Bools:
    return np.array(list(values), np.bool_)


@dataclass(slots=True)
class _AddressCodes:
    """Lexicons of addresses, and each row's numbers in them."""

    number: _LexiconBuilder
    street: _LexiconBuilder
    unit: _LexiconBuilder
    number_codes: Ids
    street_codes: Ids
    unit_codes: Ids

    def set_rows(self, rows: Any, address: tuple[int, int, int]) -> None:
        """The address of these rows."""
        self.number_codes[rows], self.street_codes[rows], self.unit_codes[rows] = address

    def encode(self, address: ParsedAddress) -> tuple[int, int, int]:
        """The numbers of an address."""
        street = (address.street, address.direction, address.street_suffix)
        return self.number.encode((address.number,)), self.street.encode(street), self.unit.encode((address.unit,))


def _encode_addresses(columns: dict[str, pa.Array]) -> dict[str, tuple[list[LexiconValue], Codes]]:
    places = _PlaceCodes(columns)
    parts, slow = _encode_plain_lines(columns)
    _parse_remaining(columns, slow, parts, places)
    return {
        "number": parts.number.compact(parts.number_codes),
        "street": parts.street.compact(parts.street_codes),
        "unit": parts.unit.compact(parts.unit_codes),
        "place": places.compact(),
    }


class _StreetCodes:
    """What is read from each distinct head: alone, or with a unit behind it. `fits` says whether it can be used at all."""

    def __init__(self, texts: list[str], wanted: Bools, parts: _AddressCodes, *, with_tail: bool) -> None:
        self.street = np.zeros(len(texts), np.uint32)
        self.unit = np.zeros(len(texts), np.uint32)
        self.is_usable = np.zeros(len(texts), np.bool_)
        self.is_usable_before_sign = np.zeros(len(texts), np.bool_)
        for code in np.flatnonzero(wanted).tolist():
            text = texts[code]
            self.is_usable[code], self.is_usable_before_sign[code] = (
                unit_boundary_flags(text) if with_tail else (True, True)
            )
            found = (
                ParsedRemainder(LineRemainder(), None, parse_street(text)) if with_tail else _parse_without_unit(text)
            )
            if found is None or found.parsed_street.house_letter is not None:
                self.is_usable[code] = self.is_usable_before_sign[code] = False
            elif self.is_usable[code]:
                self.street[code] = parts.street.encode(street_columns(found))
                self.unit[code] = parts.unit.encode(
                    (
                        coalesce(
                            found.unit, found.parsed_street.undesignated_unit, urbanization_unit(found.parsed_street)
                        ),
                    )
                )


def _parse_without_unit(text: str) -> ParsedRemainder | None:
    """What follows a number; or what stands before the number of a box, provided that it is one whatever the number."""
    if not text.startswith(NO_NUMBER_SENTINEL):
        return parse_after_number(text)
    reads = set()
    for number in _SAMPLE_BOX_NUMBERS:
        line = f"{text[1:]} {number}"
        if clean_line(line) != line or split_house_number(line)[0] is not None:
            return None
        rest = parse_remainder(NO_NUMBER_SENTINEL + line)
        if rest.box_number != number:
            return None
        reads.add(rest.box_group)
    return ParsedRemainder(LineRemainder(reads.pop(), ""), None, EMPTY_STREET) if len(reads) == 1 else None


def _is_plain_unit(text: str) -> bool:
    """Whether a unit is cut off as it would be behind any head."""
    return _PLAIN_UNIT.fullmatch(text) is not None and parse_remainder(f"ELM ST {text}") == LineRemainder(
        None, None, "ELM ST", text
    )


def _encode_plain_lines(columns: dict[str, pa.Array]) -> tuple[_AddressCodes, npt.NDArray[np.intp]]:
    """The addresses whose lines fall apart at a glance, and the rows of the others."""
    fate, (number, head, tail), (numbers, heads, tails) = split_plain_lines(columns["street"], columns["street2"])
    none = np.zeros(len(fate), np.uint32)
    parts = _AddressCodes(
        _LexiconBuilder(NULL_VALUES["number"]),
        _StreetLexiconBuilder(NULL_VALUES["street"]),
        _LexiconBuilder(NULL_VALUES["unit"]),
        none,
        none,
        none,
    )
    fast, has_tail = fate == LINE_SPLIT, tail > 0
    alone, before = (
        _StreetCodes(heads, _used_mask(head[fast & where], len(heads)), parts, with_tail=with_tail)
        for where, with_tail in ((~has_tail, False), (has_tail, True))
    )
    tail_fits = _bool_array(_is_plain_unit(text) for text in tails)
    has_sign = _bool_array(text.startswith("#") for text in tails)
    units = parts.unit.encode_texts(parse_unit(text) for text in tails)

    fits = np.where(has_tail, tail_fits[tail] & np.where(has_sign[tail], before.is_usable_before_sign[head], before.is_usable[head]), alone.is_usable[head])  # fmt: skip
    fits &= fast
    unit = np.where(units[tail], units[tail], np.where(has_tail, before.unit[head], alone.unit[head]))
    street = np.where(has_tail, before.street[head], alone.street[head])
    number_ids = parts.number.encode_texts(parse_house_number(text or None) for text in numbers)
    parts.number_codes = np.where(fits, number_ids[number], 0).astype(np.uint32)
    parts.street_codes = np.where(fits, street, 0).astype(np.uint32)
    parts.unit_codes = np.where(fits, unit, 0).astype(np.uint32)
    return parts, np.flatnonzero((fate == LINE_NEEDS_PARSER) | (fast & ~fits))


def _used_mask(codes: Codes, count: int) -> Bools:
    used = np.zeros(count, np.bool_)
    used[codes] = True
    return used


class _PlaceCodes:
    """Cities, states and ZIP codes of the rows."""

    def __init__(self, columns: dict[str, pa.Array]) -> None:
        self._lexicons = [_LexiconBuilder((None,)) for _ in range(3)]
        zips, cities, states = self._lexicons

        def state(text: str | None) -> tuple[int, int]:
            code = parse_state(text)
            return states.encode((code,)), code is None or code in LEADING_ZERO_STATES

        (self.city,) = _parse_distinct(columns["city"], lambda text: (cities.encode((parse_city(text),)),))
        self.state, has_zero = _parse_distinct(columns["state"], state)
        codes, texts = intern(columns["zip"], as_zip=True)
        near, far = (
            zips.encode_texts(parse_zip(to_upper_ascii(text), where) for text in texts) for where in (None, "")
        )
        self.zip = np.where(has_zero, near[codes], far[codes])

    def set_row(self, row: int, address: ParsedAddress) -> None:
        """The place of one row."""
        zips, cities, states = self._lexicons
        self.zip[row], self.city[row], self.state[row] = zips.encode((address.zip,)), cities.encode((address.city,)), states.encode((address.state,))  # fmt: skip

    def compact(self) -> tuple[list[LexiconValue], Codes]:
        """The lexicon of places."""
        towns, _ = intern_pairs(self.city, self.state)
        codes, rows = intern_pairs(self.zip, towns)
        columns = [
            [lexicon.values[i][0] for i in ids[rows].tolist()]
            for lexicon, ids in zip(self._lexicons, (self.zip, self.city, self.state), strict=True)
        ]
        return [NULL_VALUES["place"], *list(zip(*columns, strict=True))[1:]], codes


def _parse_remaining(
    columns: dict[str, pa.Array], rows: npt.NDArray[np.intp], parts: _AddressCodes, places: _PlaceCodes
) -> None:
    """The addresses that are read whole, each distinct pair of lines once, or with its place where it may name one."""
    if not len(rows):
        return
    taken = pa.array(rows)
    (first_codes, firsts), (second_codes, seconds) = (
        intern(columns[name].take(taken)) for name in ("street", "street2")
    )
    first_lines, second_lines = [to_upper_ascii(text) for text in firsts], [to_upper_ascii(text) for text in seconds]
    codes, where = intern_pairs(first_codes, second_codes)
    lines = list(zip(first_codes[where].tolist(), second_codes[where].tolist(), strict=True))
    ids = np.zeros((len(lines), 3), np.uint32)
    is_placed = np.zeros(len(lines), np.bool_)
    for code, (one, two) in enumerate(lines[1:], 1):
        line, building = join_lines(first_lines[one], second_lines[two])
        if line is not None and has_trailing_place(line):
            is_placed[code] = True
            continue
        number, fraction, rest = split_house_number(line) if line is not None else (None, None, None)
        ids[code] = parts.encode(assemble_address(AddressLine(number, fraction, building, rest, None, None, None), parse_after_number(rest), _EMPTY_PLACE))  # fmt: skip
    parts.set_rows(rows, tuple(ids[codes].T))
    for i in np.flatnonzero(is_placed[codes]).tolist():
        row = int(rows[i])
        own = [to_upper_ascii(columns[name][row].as_py()) for name in ("city", "state", "zip")]
        cut = split_address_line(first_lines[first_codes[i]], second_lines[second_codes[i]], *own)
        address = assemble_address(cut, parse_after_number(cut.remainder), parse_place(cut.city, cut.state))
        parts.set_rows(row, parts.encode(address))
        places.set_row(row, address)
