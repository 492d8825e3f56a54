"""Normalize a table: every distinct value once, and a code per row for each lexicon.

The table is not normalized row by row. Each distinct name is parsed once; most address lines are split by a compiled
loop (`plain_lines.py`) into number, street and unit, of which each distinct one is parsed once; the other lines are
parsed whole. What depends on several columns is put together from the codes.

Guarantees: each row has the values that `normalize_row` gives it, whatever else is in the table.
Does not: keep texts from one table to the next, except the parsed streets that were used last.
Start at `encode_table`.
"""

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools
from comity.columns.gc_pause import pause_gc
from comity.columns.intern import Codes, compact_codes, intern, intern_pairs
from comity.normalize.address_parser import (
    ParsedAddress,
    ParsedRemainder,
    assemble_address,
    complete_unit,
    parse_after_number,
    parse_house_number,
    street_columns,
)
from comity.normalize.ascii_text import to_upper_ascii, trie_pattern
from comity.normalize.boxes_and_units import LineRemainder, parse_remainder, unit_boundary_flags
from comity.normalize.line_splitter import (
    NO_NUMBER_SENTINEL,
    AddressLine,
    clean_line,
    continues_house_number,
    has_trailing_place,
    is_glued_number,
    join_lines,
    split_address_line,
    split_house_number,
)
from comity.normalize.name_parser import (
    ONE_NAME,
    mark_single_words,
    parse_given_name,
    parse_middle_name,
    parse_suffix,
    parse_surname,
    split_double_surnames,
)
from comity.normalize.normalized_row import TEXT_COLUMNS, normalize_row
from comity.normalize.place_parser import (
    LEADING_ZERO_STATES,
    SOMETIMES_LEADING_ZERO_STATE,
    ParsedPlace,
    city_of_zip,
    parse_city,
    parse_place,
    parse_state,
    parse_zip,
)
from comity.normalize.plain_lines import (
    UNIT_DESIGNATORS,
    InternedTexts,
    LineStatus,
    PlainLines,
    split_plain_lines,
)
from comity.normalize.schema import GENERATIONAL_SUFFIXES, LEXICONS, NULL_VALUES
from comity.normalize.street_parser import EMPTY_STREET, parse_street
from comity.normalize.unit_parser import NO_UNIT, parse_unit

LexiconValue = tuple[str | None, ...]
RowNumbers = npt.NDArray[np.intp]
_SUFFIX_CODES = {suffix: code for code, suffix in enumerate(GENERATIONAL_SUFFIXES)}
_PLAIN_UNIT = re.compile(f"{trie_pattern(UNIT_DESIGNATORS)} (?:# )?(?:[A-Z]{{0,2}}[0-9][A-Z0-9]*|[A-Z]{{1,2}})")
_NINE_DIGIT_ZIP = "^([0-9]{5})-?[0-9]{4}$"
_MIN_COLUMNAR_ROWS = 50
_SAMPLE_BOX_NUMBERS = ("7", "98765")
_EMPTY_PLACE = ParsedPlace()


@dataclass(frozen=True, slots=True)
class EncodedTable:
    """A normalized table, as codes.

    Attributes:
        values: the distinct values of each lexicon in order of first appearance; code 0 is its null value.
        codes: the code of each row's value, by lexicon.
        suffix: the code of each row's generational suffix (`schema.GENERATIONAL_SUFFIXES`).
    """

    values: dict[str, list[LexiconValue]]
    codes: dict[str, Codes]
    suffix: npt.NDArray[np.uint8]

    def take(self, rows: npt.NDArray[np.int64]) -> "EncodedTable":
        """Return these rows, with the values of all."""
        return EncodedTable(self.values, {name: codes[rows] for name, codes in self.codes.items()}, self.suffix[rows])


class _LexiconBuilder:
    """A lexicon that grows as values are encoded."""

    def __init__(self, null_value: LexiconValue) -> None:
        self.values = [null_value]
        self._code_by_value = {null_value: 0}

    def encode(self, value: LexiconValue) -> int:
        """Return the code of a value, adding it if it is new."""
        code = self._code_by_value.get(value)
        if code is None:
            code = self._code_by_value[value] = len(self.values)
            self.values.append(value)
        return code

    def append_new(self, values: list[LexiconValue]) -> Codes:
        """Add distinct values of which the lexicon has none yet; return their codes."""
        codes = range(len(self.values), len(self.values) + len(values))
        self._code_by_value.update(zip(values, codes, strict=True))
        self.values += values
        return np.array(codes, np.uint32)

    def encode_texts(self, texts: Iterable[str | None]) -> Codes:
        """Return the codes of values that are a single text."""
        return self.encode_all((text,) for text in texts)

    def encode_all(self, values: Iterable[LexiconValue]) -> Codes:
        """Return the codes of values."""
        return np.array([self.encode(value) for value in values], dtype=np.uint32)

    def compact(self, codes: Codes) -> tuple[list[LexiconValue], Codes]:
        """Return the values in use, in order of appearance in the rows, and the rows' codes for them."""
        new_codes, old_codes = compact_codes(codes)
        return [self.values[code] for code in old_codes.tolist()], new_codes


class _StreetLexiconBuilder(_LexiconBuilder):
    """The lexicon of streets; a direction alone is no street."""

    def encode(self, value: LexiconValue) -> int:
        """Return the code of a value, adding it if it is new."""
        return 0 if value[0] is None and value[2] is None else super().encode(value)


def encode_table(raw: pa.Table) -> EncodedTable:
    """Normalize the rows of a table with the columns `TEXT_COLUMNS`, any of which may be null or absent.

    >>> encoded = encode_table(pa.table({"first_name": ["Ann", None, "ANN"]}))
    >>> encoded.values["given"], encoded.codes["given"].tolist()
    ([(None, None), ('ANN', 'ANN')], [1, 0, 1])
    """
    if len(raw) < _MIN_COLUMNAR_ROWS:
        return _encode_row_by_row(raw)
    columns = {name: _text_column(raw, name) for name in TEXT_COLUMNS}
    with pause_gc(), ThreadPoolExecutor(1) as pool:
        addresses = pool.submit(_encode_addresses, columns)
        encoded, suffix = _encode_names(columns)
        encoded |= addresses.result()
    return EncodedTable(
        {name: encoded[name][0] for name in NULL_VALUES}, {name: encoded[name][1] for name in NULL_VALUES}, suffix
    )


def _encode_row_by_row(raw: pa.Table) -> EncodedTable:
    """Normalize a few rows one by one, for which finding distinct texts would cost more than it saves."""
    columns = set(raw.column_names)
    texts = [raw.column(name).to_pylist() if name in columns else [None] * len(raw) for name in TEXT_COLUMNS]
    rows = [normalize_row(*row_texts) for row_texts in zip(*texts, strict=True)]
    builders = {
        name: (_StreetLexiconBuilder if name == "street" else _LexiconBuilder)(null_value)
        for name, null_value in NULL_VALUES.items()
    }
    codes = {
        lexicon.name: np.array(
            [builders[lexicon.name].encode(tuple(getattr(row, c) for c in lexicon.columns)) for row in rows], np.uint32
        )
        for lexicon in LEXICONS
    }
    suffix = np.array([_SUFFIX_CODES[row.suffix] for row in rows], np.uint8)
    return EncodedTable({name: builder.values for name, builder in builders.items()}, codes, suffix)


def _text_column(raw: pa.Table, name: str) -> pa.Array:
    if name not in raw.column_names:
        return pa.nulls(len(raw), pa.large_string())
    return raw.column(name).cast(pa.large_string()).combine_chunks()


def _parse_distinct(column: pa.Array, parse: Callable[[str | None], tuple[int, ...]]) -> Codes:
    """Parse each distinct text of a column once; return the numbers that `parse` returns, one array row each."""
    codes, texts = intern(column)
    return np.array([parse(to_upper_ascii(text)) for text in texts], np.uint32).T[:, codes]


def _parse_distinct_names(
    column: pa.Array,
    builder: _LexiconBuilder,
    values_of_words: Callable[[list[str]], list[LexiconValue]],
    parse: Callable[[list[str]], list[tuple[int, ...]]],
) -> Codes:
    """Do as `_parse_distinct` does, but add names that are one plain word, as most are, all at once and unparsed.

    Args:
        column: the raw names.
        builder: the lexicon, which has none of these words yet.
        values_of_words: returns the lexicon's values for such words.
        parse: returns for each other name its code in the lexicon, and other codes, which are 0 for such words.
    """
    codes, texts = intern(column)
    is_word = np.array(mark_single_words(texts), np.bool_)
    words, others = np.flatnonzero(is_word), np.flatnonzero(~is_word)
    word_codes = builder.append_new(values_of_words([texts[i] for i in words.tolist()]))
    other_codes = np.array(parse([texts[i] for i in others.tolist()]), np.uint32).T
    result = np.zeros((len(other_codes), len(texts)), np.uint32)
    result[0, words] = word_codes
    result[:, others] = other_codes
    return result[:, codes]


def _encode_names(
    columns: dict[str, pa.Array],
) -> tuple[dict[str, tuple[list[LexiconValue], Codes]], npt.NDArray[np.uint8]]:
    """Encode names and suffixes; `name_parser.assemble_name` says which field each is taken from."""
    given, middle, surname = (_LexiconBuilder(NULL_VALUES[name]) for name in ("given", "middle", "surname"))

    def encode_first_name(text: str | None) -> tuple[int, ...]:
        parsed = parse_given_name(text)
        additional = middle.encode((parsed.additional_names.replace(" ", "") if parsed.additional_names else None,))
        return given.encode(parsed[:2]), additional, _SUFFIX_CODES[parsed.suffix]

    def encode_middle_name(text: str | None) -> tuple[int, ...]:
        name, suffix = parse_middle_name(text)
        return middle.encode((name,)), _SUFFIX_CODES[suffix]

    def encode_last_names(texts: list[str]) -> list[tuple[int, ...]]:
        split = zip(split_double_surnames(texts), texts, strict=True)
        names = [double or parse_surname(to_upper_ascii(text)) for double, text in split]
        return [(surname.encode(parsed[:3]), _SUFFIX_CODES[parsed.suffix]) for parsed in names]

    def for_each(encode: Callable[[str | None], tuple[int, ...]]) -> Callable[[list[str]], list[tuple[int, ...]]]:
        return lambda texts: [encode(to_upper_ascii(text)) for text in texts]

    # Middle names come first, because first names add to their lexicon.
    middle_codes, middle_suffixes = _parse_distinct_names(
        columns["middle_name"], middle, lambda words: list(zip(words, strict=True)), for_each(encode_middle_name)
    )
    given_codes, additional_codes, given_suffixes = _parse_distinct_names(
        columns["first_name"], given, lambda words: list(zip(words, words, strict=True)), for_each(encode_first_name)
    )
    surname_codes, surname_suffixes = _parse_distinct_names(
        columns["last_name"],
        surname,
        lambda words: list(zip(words, repeat(None), repeat(None), strict=False)),
        encode_last_names,
    )
    (suffixes,) = _parse_distinct(columns["suffix"], lambda text: (_SUFFIX_CODES[parse_suffix(text)],))
    is_thi = _bool_array(name == "THI" for name, _ in given.values)
    is_long = _bool_array(name is not None and len(name) > 1 for (name,) in middle.values)
    exchanged_rows = np.flatnonzero(is_thi[given_codes] & is_long[middle_codes])
    for row in exchanged_rows.tolist():
        (name,) = middle.values[middle_codes[row]]
        given_codes[row] = given.encode((name, name))
    middle_codes = np.where(middle_codes, middle_codes, additional_codes)
    middle_codes[exchanged_rows] = middle.encode(("THI",))
    _fill_single_names(given, surname, given_codes, surname_codes)
    for field_suffixes in (surname_suffixes, given_suffixes, middle_suffixes):
        suffixes = np.where(suffixes, suffixes, field_suffixes)
    encoded = {
        "given": given.compact(given_codes),
        "middle": middle.compact(middle_codes),
        "surname": surname.compact(surname_codes),
    }
    return encoded, suffixes.astype(np.uint8)


def _fill_single_names(
    given: _LexiconBuilder, surname: _LexiconBuilder, given_codes: Codes, surname_codes: Codes
) -> None:
    """Make the name of a person who has one name the given name and the surname, as `assemble_name` does."""
    has_no_given = _bool_array(name == ONE_NAME for name, _ in given.values)[given_codes]
    has_no_surname = _bool_array(name == ONE_NAME for name, *_ in surname.values)[surname_codes]
    for row in np.flatnonzero(has_no_given & ~has_no_surname).tolist():
        name = surname.values[surname_codes[row]][0]
        given_codes[row] = given.encode((name, name))
    for row in np.flatnonzero(has_no_surname & ~has_no_given).tolist():
        surname_codes[row] = surname.encode((given.values[given_codes[row]][1], None, None))
    given_codes[has_no_given & has_no_surname] = surname_codes[has_no_given & has_no_surname] = 0


def _bool_array(values: Iterable[bool]) -> Bools:
    return np.array(list(values), np.bool_)


@dataclass(slots=True)
class _AddressCodes:
    """The lexicons of addresses, and each row's codes in them."""

    number: _LexiconBuilder
    street: _LexiconBuilder
    unit: _LexiconBuilder
    number_codes: Codes
    street_codes: Codes
    unit_codes: Codes

    def set_rows(self, rows: RowNumbers | int, codes: Iterable[Codes | int]) -> None:
        """Set the codes of number, street and unit in these rows."""
        self.number_codes[rows], self.street_codes[rows], self.unit_codes[rows] = codes

    def encode(self, address: ParsedAddress) -> tuple[int, int, int]:
        """Return the codes of an address's number, street and unit."""
        street = (address.street, address.direction, address.street_suffix)
        unit = (address.unit, address.building, address.floor, address.side, address.urbanization)
        number = (address.number, address.house_letter)
        return self.number.encode(number), self.street.encode(street), self.unit.encode(unit)


def _encode_addresses(columns: dict[str, pa.Array]) -> dict[str, tuple[list[LexiconValue], Codes]]:
    places = _PlaceCodes(columns)
    addresses, remaining_rows = _encode_plain_lines(columns)
    _parse_remaining(columns, remaining_rows, addresses, places)
    return {
        "number": addresses.number.compact(addresses.number_codes),
        "street": addresses.street.compact(addresses.street_codes),
        "unit": addresses.unit.compact(addresses.unit_codes),
        "place": places.compact(),
    }


class _StreetCodes:
    """The codes of each distinct street of plain lines, either alone or with a unit after it.

    Attributes:
        street: the code of the street.
        unit: the code of a unit found in the street's text.
        is_usable: whether the street is parsed the same alone as in its line.
        is_usable_before_sign: the same for a street with a number sign after it.
    """

    def __init__(self, texts: list[str], is_used: Bools, addresses: _AddressCodes, *, with_unit: bool) -> None:
        self.street = np.zeros(len(texts), np.uint32)
        self.unit = np.zeros(len(texts), np.uint32)
        self.is_usable = np.zeros(len(texts), np.bool_)
        self.is_usable_before_sign = np.zeros(len(texts), np.bool_)
        for code in np.flatnonzero(is_used).tolist():
            text = texts[code]
            self.is_usable[code], self.is_usable_before_sign[code] = (
                unit_boundary_flags(text) if with_unit else (True, True)
            )
            parsed = (
                ParsedRemainder(LineRemainder(), NO_UNIT, parse_street(text))
                if with_unit
                else _parse_without_unit(text)
            )
            if (
                parsed is None
                or parsed.parsed_street.house_letter is not None
                or street_columns(parsed)[0] is None
                or continues_house_number(text)
            ):
                self.is_usable[code] = self.is_usable_before_sign[code] = False
            elif self.is_usable[code]:
                self.street[code] = addresses.street.encode(street_columns(parsed))
                unit = complete_unit(parsed, parsed.parsed_street.undesignated_unit)
                if with_unit and unit != NO_UNIT:  # it would have to be put together with the unit after it
                    self.is_usable[code] = self.is_usable_before_sign[code] = False
                self.unit[code] = addresses.unit.encode(unit)


def _parse_without_unit(text: str) -> ParsedRemainder | None:
    """Parse what follows a house number; or the words before a box number, if they are a box whatever the number."""
    if not text.startswith(NO_NUMBER_SENTINEL):
        return parse_after_number(text)
    box_groups = set()
    for number in _SAMPLE_BOX_NUMBERS:
        line = f"{text[1:]} {number}"
        if clean_line(line) != line or split_house_number(line)[0] is not None:
            return None
        remainder = parse_remainder(NO_NUMBER_SENTINEL + line)
        if remainder.box_number != number:
            return None
        box_groups.add(remainder.box_group)
    if len(box_groups) != 1:
        return None
    return ParsedRemainder(LineRemainder(box_groups.pop(), ""), NO_UNIT, EMPTY_STREET)


def _is_plain_unit(text: str) -> bool:
    """Return whether a unit is split off in the same way after any street."""
    return _PLAIN_UNIT.fullmatch(text) is not None and parse_remainder(f"ELM ST {text}") == LineRemainder(
        None, None, "ELM ST", text
    )


def _encode_plain_lines(columns: dict[str, pa.Array]) -> tuple[_AddressCodes, RowNumbers]:
    """Encode the addresses with plain lines; return them and the row numbers of the others."""
    lines = split_plain_lines(columns["street"], columns["street2"])
    no_codes = np.zeros(len(lines.status), np.uint32)
    addresses = _AddressCodes(
        _LexiconBuilder(NULL_VALUES["number"]),
        _StreetLexiconBuilder(NULL_VALUES["street"]),
        _LexiconBuilder(NULL_VALUES["unit"]),
        no_codes,
        no_codes,
        no_codes,
    )
    is_split, has_unit = lines.status == LineStatus.SPLIT, lines.units.codes > 0
    alone, before_unit = (
        _StreetCodes(lines.streets.texts, _used_codes(lines.streets, is_split & rows), addresses, with_unit=with_unit)
        for rows, with_unit in ((~has_unit, False), (has_unit, True))
    )
    unit_codes = addresses.unit.encode_all(parse_unit(text) for text in lines.units.texts)[lines.units.codes]
    street_codes = lines.streets.codes
    is_encoded = is_split & np.where(has_unit, _fits_before_unit(lines, before_unit), alone.is_usable[street_codes])
    is_encoded &= ~_bool_array(is_glued_number(text) for text in lines.numbers.texts)[lines.numbers.codes]
    unit = np.where(
        unit_codes, unit_codes, np.where(has_unit, before_unit.unit[street_codes], alone.unit[street_codes])
    )
    street = np.where(has_unit, before_unit.street[street_codes], alone.street[street_codes])
    number_codes = addresses.number.encode_all(parse_house_number(text or None) for text in lines.numbers.texts)
    addresses.number_codes = np.where(is_encoded, number_codes[lines.numbers.codes], 0).astype(np.uint32)
    addresses.street_codes = np.where(is_encoded, street, 0).astype(np.uint32)
    addresses.unit_codes = np.where(is_encoded, unit, 0).astype(np.uint32)
    needs_parser = lines.status == LineStatus.NEEDS_PARSER
    return addresses, np.flatnonzero(needs_parser | (is_split & ~is_encoded))


def _used_codes(streets: InternedTexts, rows: Bools) -> Bools:
    """Return which of the distinct texts are in these rows."""
    is_used = np.zeros(len(streets.texts), np.bool_)
    is_used[streets.codes[rows]] = True
    return is_used


def _fits_before_unit(lines: PlainLines, streets: _StreetCodes) -> Bools:
    """Return for each row whether its street and its unit can be parsed apart."""
    is_plain_unit = _bool_array(_is_plain_unit(text) for text in lines.units.texts)[lines.units.codes]
    has_sign = _bool_array(text.startswith("#") for text in lines.units.texts)[lines.units.codes]
    codes = lines.streets.codes
    return is_plain_unit & np.where(has_sign, streets.is_usable_before_sign[codes], streets.is_usable[codes])


class _PlaceCodes:
    """The cities, states and ZIP codes of the rows, as codes."""

    def __init__(self, columns: dict[str, pa.Array]) -> None:
        self._builders = [_LexiconBuilder((None,)) for _ in range(3)]
        zips, cities, states = self._builders

        def encode_state(text: str | None) -> tuple[int, int]:
            code = parse_state(text)
            has_zeros = 0 if code is None or code in LEADING_ZERO_STATES else 1
            return states.encode((code,)), 2 if code == SOMETIMES_LEADING_ZERO_STATE else has_zeros

        (self.city,) = _parse_distinct(columns["city"], lambda text: (cities.encode((parse_city(text),)),))
        self.state, kind_of_state = _parse_distinct(columns["state"], encode_state)
        codes, texts = intern(columns["zip"])
        five_digit_codes, texts = intern(
            pc.replace_substring_regex(pa.array(texts, pa.string()), _NINE_DIGIT_ZIP, r"\1")
        )
        codes = five_digit_codes[codes]
        by_kind_of_state = [
            zips.encode_texts(parse_zip(to_upper_ascii(text), state) for text in texts)
            for state in (None, "", SOMETIMES_LEADING_ZERO_STATE)
        ]
        self.zip = np.choose(kind_of_state, [of_texts[codes] for of_texts in by_kind_of_state])

    def set_row(self, row: int, address: ParsedAddress) -> None:
        """Set the place of one row."""
        zips, cities, states = self._builders
        self.zip[row] = zips.encode((address.zip,))
        self.city[row] = cities.encode((address.city,))
        self.state[row] = states.encode((address.state,))

    def compact(self) -> tuple[list[LexiconValue], Codes]:
        """Return the lexicon of places and the rows' codes in it."""
        towns, town_cities, town_states = intern_pairs(self.city, self.state)
        codes, place_zips, place_towns = intern_pairs(self.zip, towns)
        zips, cities, states = (
            [builder.values[code][0] for code in place_codes.tolist()]
            for builder, place_codes in zip(
                self._builders, (place_zips, town_cities[place_towns], town_states[place_towns]), strict=True
            )
        )
        cities = [
            city if city is not None else city_of_zip(zip_code) for city, zip_code in zip(cities, zips, strict=True)
        ]
        return [NULL_VALUES["place"], *list(zip(zips, cities, states, strict=True))[1:]], codes


def _parse_remaining(
    columns: dict[str, pa.Array], rows: RowNumbers, addresses: _AddressCodes, places: _PlaceCodes
) -> None:
    """Parse the other addresses: each distinct pair of lines once, and a line that may name its place row by row."""
    if not len(rows):
        return
    row_array = pa.array(rows)
    (codes_1, texts_1), (codes_2, texts_2) = (intern(columns[name].take(row_array)) for name in ("street", "street2"))
    lines_1, lines_2 = [to_upper_ascii(text) for text in texts_1], [to_upper_ascii(text) for text in texts_2]
    pair_of_row, *pairs = intern_pairs(codes_1, codes_2)
    address_codes = np.zeros((len(pairs[0]), 3), np.uint32)
    has_place = np.zeros(len(pairs[0]), np.bool_)
    for pair, (code_1, code_2) in enumerate(zip(*(codes.tolist() for codes in pairs), strict=True)):
        line, building = join_lines(lines_1[code_1], lines_2[code_2])
        if line is not None and has_trailing_place(line):
            has_place[pair] = True
            continue
        number, fraction, remainder = split_house_number(line) if line is not None else (None, None, None)
        address_line = AddressLine(number, fraction, building, remainder, None, None, None)
        address = assemble_address(address_line, parse_after_number(remainder), _EMPTY_PLACE)
        address_codes[pair] = addresses.encode(address)
    addresses.set_rows(rows, address_codes[pair_of_row].T)
    for i in np.flatnonzero(has_place[pair_of_row]).tolist():
        row = int(rows[i])
        place_texts = [to_upper_ascii(columns[name][row].as_py()) for name in ("city", "state", "zip")]
        address_line = split_address_line(lines_1[codes_1[i]], lines_2[codes_2[i]], *place_texts)
        address = assemble_address(
            address_line, parse_after_number(address_line.remainder), parse_place(address_line.city, address_line.state)
        )
        addresses.set_rows(row, addresses.encode(address))
        places.set_row(row, address)
