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

from comity.match.index.layout import SUFFIXES
from comity.match.index.lexicons import LEXICONS, MISSING
from comity.match.normal.addresses import (
    Address,
    Read,
    first_of,
    put_together,
    read_after_number,
    read_number,
    street_of,
    urbanization,
)
from comity.match.normal.form import TEXT, normal_form
from comity.match.normal.interning import DESIGNATORS, FAST, SLOW, Codes, cut_lines, intern, pair, renumber
from comity.match.normal.lines import NUMBERLESS, Line, cut_line, cut_number, join_lines, may_name_place, tidy
from comity.match.normal.names import is_bare_name, read_given, read_middle, read_suffix, read_surname
from comity.match.normal.places import LEADING_ZERO, Place, read_city, read_place, read_state, read_zip
from comity.match.normal.rests import Rest, ends_before_unit, read_rest, read_unit
from comity.match.normal.streets import NO_HEAD, read_head
from comity.match.normal.text import any_of, plain
from comity.model.collector import without_collector

Value = tuple[str | None, ...]
Ids = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
_SUFFIX_CODES = {suffix: code for code, suffix in enumerate(SUFFIXES)}
_PLAIN_TAIL = re.compile(f"{any_of(DESIGNATORS)} (?:# )?(?:[A-Z]{{0,2}}[0-9][A-Z0-9]*|[A-Z]{{1,2}})")
_FEW = 50
_ANY_NUMBERS = ("7", "98765")
_NO_PLACE = Place()


@dataclass(frozen=True, slots=True)
class Coded:
    """Rows in normal form, as numbers.

    `values` has each lexicon's distinct values in order of first appearance, the first of them `MISSING`; `codes` the
    place in that list for each row; `suffix` the place in `SUFFIXES`. A direction without a street is missing, too.
    """

    values: dict[str, list[Value]]
    codes: dict[str, Codes]
    suffix: npt.NDArray[np.uint8]


class _Lexicon:
    """The values met so far."""

    def __init__(self, missing: Value) -> None:
        self.values = [missing]
        self._ids = {missing: 0}

    def id(self, value: Value) -> int:
        """The number of a value; a new one is added."""
        found = self._ids.get(value)
        if found is None:
            found = self._ids[value] = len(self.values)
            self.values.append(value)
        return found

    def add(self, values: list[Value]) -> Ids:
        """The numbers of values that are new, and each another."""
        numbers = range(len(self.values), len(self.values) + len(values))
        self._ids.update(zip(values, numbers, strict=True))
        self.values += values
        return np.array(numbers, np.uint32)

    def ids(self, values: Iterable[str | None]) -> Ids:
        """The numbers of single texts."""
        return np.array([self.id((value,)) for value in values], dtype=np.uint32)

    def coded(self, ids: Ids) -> tuple[list[Value], Codes]:
        """The values in order of appearance, and the rows' places in them."""
        codes, old = renumber(ids, len(self.values))
        return [self.values[i] for i in old.tolist()], codes


class _Street(_Lexicon):
    """Streets, of which a direction alone is none."""

    def id(self, value: Value) -> int:
        """The number of a value; a new one is added."""
        return 0 if value[0] is None and value[2] is None else super().id(value)


def code_rows(raw: pa.Table) -> Coded:
    """The rows of a table with the columns `TEXT` (any may be null or absent) in normal form.

    >>> coded = code_rows(pa.table({"first_name": ["Ann", None, "ANN"]}))
    >>> coded.values["given"], coded.codes["given"].tolist()
    ([(None, None), ('ANN', 'ANN')], [1, 0, 1])
    """
    if len(raw) < _FEW:
        return _code_few(raw)
    columns = {name: _column(raw, name) for name in TEXT}
    with without_collector(), ThreadPoolExecutor(1) as other:
        addresses = other.submit(_code_addresses, columns)
        coded, suffix = _code_names(columns)
        coded |= addresses.result()
    return Coded({name: coded[name][0] for name in MISSING}, {name: coded[name][1] for name in MISSING}, suffix)


def _code_few(raw: pa.Table) -> Coded:
    """A few rows, one by one: tables of distinct texts would cost more than they save."""
    there = set(raw.column_names)
    texts = [raw.column(c).to_pylist() if c in there else [None] * len(raw) for c in TEXT]
    people = [normal_form(*row) for row in zip(*texts, strict=True)]
    lexicons = {name: (_Street if name == "street" else _Lexicon)(missing) for name, missing in MISSING.items()}
    codes = {
        x.name: np.array([lexicons[x.name].id(tuple(getattr(p, c) for c in x.columns)) for p in people], np.uint32)
        for x in LEXICONS
    }
    suffix = np.array([_SUFFIX_CODES[p.suffix] for p in people], np.uint8)
    return Coded({name: lexicon.values for name, lexicon in lexicons.items()}, codes, suffix)


def _column(raw: pa.Table, name: str) -> pa.Array:
    if name not in raw.column_names:
        return pa.nulls(len(raw), pa.large_string())
    return raw.column(name).cast(pa.large_string()).combine_chunks()


def _read_each(column: pa.Array, read: Callable[[str | None], tuple[int, ...]]) -> Ids:
    """What is read from each row's text, as numbers; each distinct text is read once."""
    codes, texts = intern(column)
    return np.array([read(plain(text)) for text in texts], np.uint32).T[:, codes]


def _read_names(
    column: pa.Array,
    lexicon: _Lexicon,
    value: Callable[[list[str]], list[Value]],
    read: Callable[[str | None], tuple[int, ...]],
) -> Ids:
    """As `_read_each`; but a name that is one word of letters, as most are, is taken as it stands, all of them at once.

    `value` makes values of such words, of which the `lexicon` has none yet. Of what `read` gives, the first is the number in
    the lexicon; the others are 0 for such a word.
    """
    codes, texts = intern(column)
    is_word = _flags(is_bare_name(text) for text in texts)
    words, others = np.flatnonzero(is_word), np.flatnonzero(~is_word)
    ids = lexicon.add(value([texts[i] for i in words.tolist()]))
    of_others = np.array([read(plain(texts[i])) for i in others.tolist()], np.uint32).T
    made = np.zeros((len(of_others), len(texts)), np.uint32)
    made[0, words] = ids
    made[:, others] = of_others
    return made[:, codes]


def _code_names(columns: dict[str, pa.Array]) -> tuple[dict[str, tuple[list[Value], Codes]], npt.NDArray[np.uint8]]:
    """Names and suffix; see `put_together` in names.py for what is taken from which field."""
    given, middle, surname = (_Lexicon(MISSING[name]) for name in ("given", "middle", "surname"))

    def first_name(text: str | None) -> tuple[int, ...]:
        read = read_given(text)
        more = middle.id((read.more.replace(" ", "") if read.more else None,))
        return given.id(read[:2]), more, _SUFFIX_CODES[read.suffix]

    def middle_name(text: str | None) -> tuple[int, ...]:
        name, suffix = read_middle(text)
        return middle.id((name,)), _SUFFIX_CODES[suffix]

    def last_name(text: str | None) -> tuple[int, ...]:
        read = read_surname(text)
        return surname.id(read[:3]), _SUFFIX_CODES[read.suffix]

    # Middle names come first, as a first name's field adds some to their lexicon.
    middle_ids, middle_suffix = _read_names(
        columns["middle_name"], middle, lambda words: list(zip(words, strict=True)), middle_name
    )
    given_ids, more_ids, given_suffix = _read_names(
        columns["first_name"], given, lambda words: list(zip(words, words, strict=True)), first_name
    )
    surname_ids, surname_suffix = _read_names(
        columns["last_name"],
        surname,
        lambda words: list(zip(words, repeat(None), repeat(None), strict=False)),
        last_name,
    )
    (suffix,) = _read_each(columns["suffix"], lambda text: (_SUFFIX_CODES[read_suffix(text)],))
    is_thi = _flags(name == "THI" for name, _ in given.values)
    is_long = _flags(name is not None and len(name) > 1 for (name,) in middle.values)
    turned = np.flatnonzero(is_thi[given_ids] & is_long[middle_ids])
    for row in turned.tolist():
        (name,) = middle.values[middle_ids[row]]
        given_ids[row] = given.id((name, name))
    middle_ids = np.where(middle_ids, middle_ids, more_ids)
    middle_ids[turned] = middle.id(("THI",))
    for other in (surname_suffix, given_suffix, middle_suffix):
        suffix = np.where(suffix, suffix, other)
    coded = {
        "given": given.coded(given_ids), "middle": middle.coded(middle_ids), "surname": surname.coded(surname_ids),
    }  # fmt: skip
    return coded, suffix.astype(np.uint8)


def _flags(values: Iterable[bool]) -> Bools:
    return np.array(list(values), np.bool_)


@dataclass(slots=True)
class _Parts:
    """Lexicons of addresses, and each row's numbers in them."""

    number: _Lexicon
    street: _Lexicon
    unit: _Lexicon
    number_ids: Ids
    street_ids: Ids
    unit_ids: Ids

    def put(self, rows: Any, address: tuple[int, int, int]) -> None:
        """The address of these rows."""
        self.number_ids[rows], self.street_ids[rows], self.unit_ids[rows] = address

    def id(self, address: Address) -> tuple[int, int, int]:
        """The numbers of an address."""
        street = (address.street, address.direction, address.street_suffix)
        return self.number.id((address.number,)), self.street.id(street), self.unit.id((address.unit,))


def _code_addresses(columns: dict[str, pa.Array]) -> dict[str, tuple[list[Value], Codes]]:
    places = _Places(columns)
    parts, slow = _cut(columns)
    _read_slowly(columns, slow, parts, places)
    return {
        "number": parts.number.coded(parts.number_ids),
        "street": parts.street.coded(parts.street_ids),
        "unit": parts.unit.coded(parts.unit_ids),
        "place": places.coded(),
    }


class _Heads:
    """What is read from each distinct head: alone, or with a unit behind it. `fits` says whether it can be used at all."""

    def __init__(self, texts: list[str], wanted: Bools, parts: _Parts, *, with_tail: bool) -> None:
        self.street = np.zeros(len(texts), np.uint32)
        self.unit = np.zeros(len(texts), np.uint32)
        self.fits = np.zeros(len(texts), np.bool_)
        self.fits_sign = np.zeros(len(texts), np.bool_)
        for code in np.flatnonzero(wanted).tolist():
            text = texts[code]
            self.fits[code], self.fits_sign[code] = ends_before_unit(text) if with_tail else (True, True)
            found = Read(Rest(), None, read_head(text)) if with_tail else _read_alone(text)
            if found is None or found.head.letter is not None:
                self.fits[code] = self.fits_sign[code] = False
            elif self.fits[code]:
                self.street[code] = parts.street.id(street_of(found))
                self.unit[code] = parts.unit.id((first_of(found.unit, found.head.bare_unit, urbanization(found.head)),))


def _read_alone(text: str) -> Read | None:
    """What follows a number; or what stands before the number of a box, provided that it is one whatever the number."""
    if not text.startswith(NUMBERLESS):
        return read_after_number(text)
    reads = set()
    for number in _ANY_NUMBERS:
        line = f"{text[1:]} {number}"
        if tidy(line) != line or cut_number(line)[0] is not None:
            return None
        rest = read_rest(NUMBERLESS + line)
        if rest.box != number:
            return None
        reads.add(rest.street)
    return Read(Rest(reads.pop(), ""), None, NO_HEAD) if len(reads) == 1 else None


def _is_plain_tail(text: str) -> bool:
    """Whether a unit is cut off as it would be behind any head."""
    return _PLAIN_TAIL.fullmatch(text) is not None and read_rest(f"ELM ST {text}") == Rest(None, None, "ELM ST", text)


def _cut(columns: dict[str, pa.Array]) -> tuple[_Parts, npt.NDArray[np.intp]]:
    """The addresses whose lines fall apart at a glance, and the rows of the others."""
    fate, (number, head, tail), (numbers, heads, tails) = cut_lines(columns["street"], columns["street2"])
    none = np.zeros(len(fate), np.uint32)
    parts = _Parts(_Lexicon(MISSING["number"]), _Street(MISSING["street"]), _Lexicon(MISSING["unit"]), none, none, none)
    fast, has_tail = fate == FAST, tail > 0
    alone, before = (
        _Heads(heads, _used(head[fast & where], len(heads)), parts, with_tail=with_tail)
        for where, with_tail in ((~has_tail, False), (has_tail, True))
    )
    tail_fits = _flags(_is_plain_tail(text) for text in tails)
    has_sign = _flags(text.startswith("#") for text in tails)
    units = parts.unit.ids(read_unit(text) for text in tails)

    fits = np.where(has_tail, tail_fits[tail] & np.where(has_sign[tail], before.fits_sign[head], before.fits[head]), alone.fits[head])  # fmt: skip
    fits &= fast
    unit = np.where(units[tail], units[tail], np.where(has_tail, before.unit[head], alone.unit[head]))
    street = np.where(has_tail, before.street[head], alone.street[head])
    number_ids = parts.number.ids(read_number(text or None) for text in numbers)
    parts.number_ids = np.where(fits, number_ids[number], 0).astype(np.uint32)
    parts.street_ids = np.where(fits, street, 0).astype(np.uint32)
    parts.unit_ids = np.where(fits, unit, 0).astype(np.uint32)
    return parts, np.flatnonzero((fate == SLOW) | (fast & ~fits))


def _used(codes: Codes, count: int) -> Bools:
    used = np.zeros(count, np.bool_)
    used[codes] = True
    return used


class _Places:
    """Cities, states and ZIP codes of the rows."""

    def __init__(self, columns: dict[str, pa.Array]) -> None:
        self._lexicons = [_Lexicon((None,)) for _ in range(3)]
        zips, cities, states = self._lexicons

        def state(text: str | None) -> tuple[int, int]:
            code = read_state(text)
            return states.id((code,)), code is None or code in LEADING_ZERO

        (self.city,) = _read_each(columns["city"], lambda text: (cities.id((read_city(text),)),))
        self.state, has_zero = _read_each(columns["state"], state)
        codes, texts = intern(columns["zip"], as_zip=True)
        near, far = (zips.ids(read_zip(plain(text), where) for text in texts) for where in (None, ""))
        self.zip = np.where(has_zero, near[codes], far[codes])

    def put(self, row: int, address: Address) -> None:
        """The place of one row."""
        zips, cities, states = self._lexicons
        self.zip[row], self.city[row], self.state[row] = zips.id((address.zip,)), cities.id((address.city,)), states.id((address.state,))  # fmt: skip

    def coded(self) -> tuple[list[Value], Codes]:
        """The lexicon of places."""
        towns, _ = pair(self.city, self.state)
        codes, rows = pair(self.zip, towns)
        columns = [
            [lexicon.values[i][0] for i in ids[rows].tolist()]
            for lexicon, ids in zip(self._lexicons, (self.zip, self.city, self.state), strict=True)
        ]
        return [MISSING["place"], *list(zip(*columns, strict=True))[1:]], codes


def _read_slowly(columns: dict[str, pa.Array], rows: npt.NDArray[np.intp], parts: _Parts, places: _Places) -> None:
    """The addresses that are read whole, each distinct pair of lines once, or with its place where it may name one."""
    if not len(rows):
        return
    taken = pa.array(rows)
    (first_codes, firsts), (second_codes, seconds) = (
        intern(columns[name].take(taken)) for name in ("street", "street2")
    )
    first_lines, second_lines = [plain(text) for text in firsts], [plain(text) for text in seconds]
    codes, where = pair(first_codes, second_codes)
    lines = list(zip(first_codes[where].tolist(), second_codes[where].tolist(), strict=True))
    ids = np.zeros((len(lines), 3), np.uint32)
    is_placed = np.zeros(len(lines), np.bool_)
    for code, (one, two) in enumerate(lines[1:], 1):
        line, building = join_lines(first_lines[one], second_lines[two])
        if line is not None and may_name_place(line):
            is_placed[code] = True
            continue
        number, fraction, rest = cut_number(line) if line is not None else (None, None, None)
        ids[code] = parts.id(put_together(Line(number, fraction, building, rest, None, None, None), read_after_number(rest), _NO_PLACE))  # fmt: skip
    parts.put(rows, tuple(ids[codes].T))
    for i in np.flatnonzero(is_placed[codes]).tolist():
        row = int(rows[i])
        own = [plain(columns[name][row].as_py()) for name in ("city", "state", "zip")]
        cut = cut_line(first_lines[first_codes[i]], second_lines[second_codes[i]], *own)
        address = put_together(cut, read_after_number(cut.rest), read_place(cut.city, cut.state))
        parts.put(row, parts.id(address))
        places.put(row, address)
