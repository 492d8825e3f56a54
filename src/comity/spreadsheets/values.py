"""Convert one cell of an officer's table to the text of a request, or say why it cannot be taken.

Guarantees: what a spreadsheet program changed is put back only where there is one thing that it can have been: the
zeros before a ZIP code, a number that is shown whole, a day that is one day however it is read. All else is refused.
An order of month and day is applied to a column only where no cell of it, with that mark, contradicts the order.
Does not: repair what a person wrote.
Start at `convert_cell`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from comity.spreadsheets.sheet import Cell, CellKind

MAX_CHARACTERS = 500


class DateOrder(StrEnum):
    """How a day such as 03/04/2025 is meant; UNKNOWN refuses it."""

    UNKNOWN = "unknown"
    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"


@dataclass(frozen=True, slots=True)
class DateReading:
    """How days of two numbers and a year are read in one column, by the mark after the first number.

    `order` is for slashes and dashes, `dotted` for dots. Days with one of the marks in `contradicted` are read in no
    order, because a cell of the column is a day in the other order alone.
    """

    order: DateOrder = DateOrder.UNKNOWN
    dotted: DateOrder = DateOrder.UNKNOWN
    contradicted: frozenset[str] = field(default_factory=frozenset)

    def get_order(self, mark: str) -> DateOrder:
        """Return the order that was given for days with a mark."""
        return self.dotted if mark == "." else self.order


@dataclass(frozen=True, slots=True)
class Converted:
    """A cell's text, or what is wrong and what to do; `change` names what was put back."""

    text: str = ""
    change: str = ""
    message: str = ""
    to_do: str = ""


_PLAIN = {
    **dict.fromkeys(map(ord, "‘’‚‛′`´"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″"), '"'),
    **dict.fromkeys(map(ord, "‐‑‒–—−"), "-"),
    **dict.fromkeys(
        map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"),
        " ",
    ),
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"), None),
}
"""Quotes, dashes and spaces that programs put in, and what is typed; marks without width are taken out."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?E\+([0-9]{2,3})", re.IGNORECASE)
_NUMBERED = frozenset({"request_id", "tin", "zip", "tax_year", "case_number", "officer_id"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR, _MONTH_NAME, _DAY = r"(?P<year>[0-9]{4})", r"(?P<month>[A-Za-z]{3,9})", r"(?P<day>[0-9]{1,2})"
_MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?)?"
_SURE_DATES = (
    re.compile(rf"{_YEAR}[-/.](?P<month>[0-9]{{1,2}})[-/.]{_DAY}{_MIDNIGHT}"),
    re.compile(rf"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})"),
    re.compile(rf"{_DAY}[-/ .]*{_MONTH_NAME}[-/ .,]*{_YEAR}"),
    re.compile(rf"{_MONTH_NAME}[-/ .]*{_DAY}(?:st|nd|rd|th)?[-/ ,]+{_YEAR}"),
)
_NUMERIC_DATE = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})(?: 0?0:00(?::00)?| 12:00(?::00)? [Aa][Mm])?")
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "sept",
)  # fmt: skip
_MONTHS_OF_YEAR = 12
_SERIAL_EPOCH, _SERIAL_DAYS = date(1899, 12, 30), range(20_000, 80_000)
_PLAIN_CHANGE = "typographic quotes, dashes and spaces made plain"
_ZERO_CHANGE = "ZIP codes given back their zeros"
_DATE_CHANGE = "dates written as YYYY-MM-DD"
_NUMBER_CHANGE = "whole numbers shown as 1.2E+01 written out"
_AS_TEXT = "Format the column as text, and enter it as it is on file."
_KIND_FAULTS = {
    CellKind.FORMULA: ("The cell is a formula.", "Copy the column, and paste it as values."),
    CellKind.ERROR: ("The cell shows an error of the spreadsheet program.", "Enter what it should be."),
    CellKind.TRUTH: ("The program took the cell for TRUE or FALSE.", _AS_TEXT),
    CellKind.DATE: ("The program took the cell for a date.", _AS_TEXT),
    CellKind.TIME: ("The program took the cell for a time of day.", _AS_TEXT),
    CellKind.INEXACT: (
        "The cell is a number with a fraction, a sign, or more digits than the program keeps.",
        _AS_TEXT,
    ),
}


def find_contradictions(cells: Iterable[Cell], reading: DateReading) -> DateReading:
    """Return how the days of a column are read, after each of its cells was compared with the order that was given."""
    contradicted = set()
    for cell in cells:
        found = _NUMERIC_DATE.fullmatch(cell.text.translate(_PLAIN).strip())
        if found and _is_contradiction(found, reading.get_order(found[2])):
            contradicted.add(found[2])
    return replace(reading, contradicted=frozenset(contradicted))


def _is_contradiction(found: re.Match[str], order: DateOrder) -> bool:
    """Return whether a day is one in the other order alone."""
    first, second = int(found[1]), int(found[3])
    month, other = (second, first) if order is DateOrder.DAY_FIRST else (first, second)
    return order is not DateOrder.UNKNOWN and month > _MONTHS_OF_YEAR >= other


def convert_cell(column: str, cell: Cell, reading: DateReading) -> Converted:
    """Return a cell of one of our columns as text, or what is wrong with it."""
    if cell.kind is CellKind.DATE and column == "final_order_date":
        return Converted(cell.text)
    if cell.kind in _KIND_FAULTS:
        message, to_do = _KIND_FAULTS[cell.kind]
        return Converted(message=message, to_do=to_do)
    return _convert_text(column, cell, reading)


def _convert_text(column: str, cell: Cell, reading: DateReading) -> Converted:
    text = cell.text.translate(_PLAIN).replace("\t", " ").strip()
    change = _PLAIN_CHANGE if text != cell.text.replace("\t", " ").strip() else ""
    if not text:
        return Converted()
    if message := _find_unusable(text):
        to_do = "Enter it in one line; what follows the street in a second line belongs in street2."
        return Converted(message=message, to_do=to_do)
    if column in _NUMBERED and (scientific := _SCIENTIFIC.fullmatch(text)):
        return _convert_scientific(column, scientific)
    is_number = cell.kind is CellKind.NUMBER
    converted = Converted(text)
    if column == "zip":
        converted = _convert_zip(text)
    elif column == "tin":
        converted = _convert_tin(text, is_number=is_number)
    elif column == "final_order_date":
        converted = _convert_date(text, reading, is_number=is_number)
    return replace(converted, change=converted.change or change)


def _find_unusable(text: str) -> str:
    """Return why a text cannot be in a request, if so."""
    if len(text) > MAX_CHARACTERS:
        return f"The cell has more than {MAX_CHARACTERS} characters."
    if _CONTROL.search(text):
        return "The cell has a line break or a control character."
    return "The cell has half of a character (a lone surrogate)." if _SURROGATE.search(text) else ""


def _convert_scientific(column: str, found: re.Match[str]) -> Converted:
    """Return a number shown as 1.23E+02 where every digit is shown; the others were dropped when it was saved."""
    digits, shift = found[1] + (found[2] or ""), int(found[3])
    if len(digits) != shift + 1:
        message = "The number was saved in a form such as 1.2E+08, without its last digits: they are not in the file."
        return Converted(message=message, to_do=f"{_AS_TEXT} Then save again.")
    converted = convert_cell(column, Cell(digits), DateReading())
    return converted if converted.message else Converted(converted.text, _NUMBER_CHANGE)


def _convert_zip(text: str) -> Converted:
    """Return a ZIP code with the zeros before it; a program that takes it for a number drops them."""
    digits = text.removesuffix(".0") if text.endswith(".0") else text
    if not digits.isascii() or not digits.isdigit() or len(digits) in {5, 9} or len(digits) not in {3, 4, 7, 8}:
        return Converted(text)  # the rules judge it
    return Converted(digits.zfill(5 if len(digits) <= 5 else 9), _ZERO_CHANGE)


def _convert_tin(text: str, *, is_number: bool) -> Converted:
    """Return a taxpayer number; one of fewer digits is refused, because which digit is missing nobody can say."""
    digits = re.sub(r"[ -]", "", text)
    if digits.isascii() and digits.isdigit() and len(digits) < 9:
        cause = "zeros before it may be lost" if is_number or len(digits) >= 7 else "some are missing"
        message = f"The taxpayer number has fewer than nine digits: {cause}."
        return Converted(message=message, to_do=f"{_AS_TEXT} All nine digits, or none.")
    return Converted(text)


def _convert_date(text: str, reading: DateReading, *, is_number: bool) -> Converted:
    """Return a day as YYYY-MM-DD; refuse one that could be two days."""
    if is_number and text.isdigit() and int(text) in _SERIAL_DAYS:
        return Converted((_SERIAL_EPOCH + timedelta(days=int(text))).isoformat(), _DATE_CHANGE)
    for form in _SURE_DATES:
        if found := form.fullmatch(text):
            return _make_date(found["year"], found["month"], found["day"], text)
    if not (found := _NUMERIC_DATE.fullmatch(text)):
        message = "The date is in no form that is one day alone."
        return Converted(message=message, to_do="Write it as YYYY-MM-DD, with all four digits of the year.")
    return _convert_numeric_date(found, reading, text)


def _convert_numeric_date(found: re.Match[str], reading: DateReading, text: str) -> Converted:
    """Return a day of two numbers and a year, where the order is said or only one order is possible."""
    first, mark, second, year = int(found[1]), found[2], int(found[3]), found[4]
    order = reading.get_order(mark)
    is_ambiguous = first <= _MONTHS_OF_YEAR and second <= _MONTHS_OF_YEAR and first != second
    if is_ambiguous and mark in reading.contradicted:
        message = "The date could be two days: other cells of its column contradict the order that --dates says."
        return Converted(message=message, to_do="Write it as YYYY-MM-DD, and those other cells too.")
    if is_ambiguous and order is DateOrder.UNKNOWN and reading.order is not DateOrder.UNKNOWN:
        message = "The date has dots, which mostly mean that the day is first, so --dates does not decide it."
        to_do = f"Say it with --dates {reading.order},dots={reading.order} or dots=ORDER, or write it as YYYY-MM-DD."
        return Converted(message=message, to_do=to_do)
    if is_ambiguous and order is DateOrder.UNKNOWN:
        message = "The date could be two days: which number is the month is not sure."
        to_do = "Say it with --dates month-first or --dates day-first, or write it as YYYY-MM-DD."
        return Converted(message=message, to_do=to_do)
    is_day_first = order is DateOrder.DAY_FIRST or (order is DateOrder.UNKNOWN and first > _MONTHS_OF_YEAR)
    month, day = (second, first) if is_day_first else (first, second)
    return _make_date(year, str(month), str(day), text)


def _month_number(month: str) -> int:
    """Return a month's number by its digits or its English name, whole or of three letters; 0 for another word."""
    word = month.lower()
    is_name = word in _MONTHS or word in _LONG_MONTHS
    return _MONTHS.index(word[:3]) + 1 if is_name else int(word) if word.isdigit() else 0


def _make_date(year: str, month: str, day: str, written: str) -> Converted:
    try:
        text = date(int(year), _month_number(month), int(day)).isoformat()
    except ValueError:
        message = "The date is no day of any calendar as it is written, or not in the order that --dates says."
        return Converted(message=message, to_do="Write it as YYYY-MM-DD.")
    return Converted(text, _DATE_CHANGE if text != written else "")
