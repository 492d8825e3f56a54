"""One machine-readable zone, read from text or from data group 1.

Guarantees: the text is taken as it is; a zone of no known size has no layout and nothing is read from it; characters
outside the alphabet are located, never replaced. Repairs are proposed, never applied.
Start at `parse_zone`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from comity.documents.mrz.digits import FILLER, VALUES, failing_digits, read_number
from comity.documents.mrz.layouts import LAYOUTS, Layout, find_layout

MAX_CHARACTERS = 1024
SEXES = ("F", "M", FILLER)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_LETTERS = re.compile(r"[A-Z<]*")
_MISREAD = str.maketrans("OQDIZSGB", "00012568")


class ZoneFault(StrEnum):
    """Something wrong with the form of a zone."""

    TOO_LARGE = "too_large"
    LENGTH = "length"  # the lines have no size of Doc 9303
    ALPHABET = "alphabet"  # a character other than A to Z, 0 to 9 and the filler
    NAME = "name"  # blank, starts with a filler, or holds a digit
    SEX = "sex"
    STATE_CODE = "state_code"  # not letters followed by fillers
    DOCUMENT_CODE = "document_code"


@dataclass(frozen=True, slots=True, repr=False)
class ColumnFault:
    """A fault in one place; `line` and `column` count from 1, and are 0 where the whole zone is meant."""

    fault: ZoneFault
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Zone:
    """A zone as read, and the check digits that do not agree. Without a layout it has lines but no fields."""

    layout: Layout | None
    lines: tuple[str, ...]
    faults: tuple[ColumnFault, ...]
    failing_digits: tuple[str, ...] = ()

    def field(self, name: str) -> str:
        """Return a field with its fillers. Raises ValueError without a layout, KeyError for a field that it has not."""
        if self.layout is None:
            raise ValueError("a zone of no known size has no fields")
        return self.layout.fields[name].text(self.lines)

    @property
    def number(self) -> str:
        """Return the document number without fillers, a long one put together."""
        assert self.layout is not None
        return read_number(self.layout, self.lines)[0]

    @property
    def issuer(self) -> str:
        """Return the code of the issuing state, without fillers."""
        return self.field("issuer").rstrip(FILLER)

    @property
    def nationality(self) -> str:
        """Return the code of the nationality, without fillers."""
        return self.field("nationality").rstrip(FILLER)

    @property
    def names(self) -> tuple[str, str]:
        """Return the primary and the secondary identifier; the second is empty when there is one name alone."""
        primary, _, secondary = self.field("name").partition(FILLER * 2)
        return primary.replace(FILLER, " ").strip(), secondary.replace(FILLER, " ").strip()

    @property
    def text(self) -> str:
        """Return all characters without line breaks, as data group 1 holds them."""
        return "".join(self.lines)


@dataclass(frozen=True, slots=True, repr=False)
class ProposedRepair:
    """A digit that was perhaps misread as a letter; `line` and `column` count from 1."""

    line: int
    column: int
    character: str


def parse_zone(text: str) -> Zone:
    """Return the zone in some text, whatever is wrong with it.

    Line breaks may be of any system, or be missing when the length leaves one size alone (90, 88 or 72 characters); a
    byte order mark and blanks around a line are not part of it.
    """
    if len(text) > MAX_CHARACTERS:
        return Zone(None, (), (ColumnFault(ZoneFault.TOO_LARGE),))
    lines = tuple(line.strip(" \t") for line in _LINE_BREAK.split(text.removeprefix("\ufeff")))
    lines = tuple(line for line in lines if line)
    if len(lines) == 1:
        lines = _split_lines(lines[0])
    lengths = {len(line) for line in lines}
    layout = find_layout(len(lines), lengths.pop(), lines[0][:1]) if len(lengths) == 1 else None
    if layout is None:
        return Zone(None, lines, (ColumnFault(ZoneFault.LENGTH), *_find_strange_characters(lines)))
    strange = _find_strange_characters(lines)
    faults = (*strange, *_find_field_faults(layout, lines))
    return Zone(layout, lines, faults, failing_digits(layout, lines))


def propose_repairs(zone: Zone) -> tuple[ProposedRepair, ...]:
    """Return the letters in columns for digits that, read as the digits they resemble, make every check digit agree.

    Empty when nothing fails, or when no such repair makes all of them agree.
    """
    if zone.layout is None or not zone.failing_digits:
        return ()
    columns = {(digit.place.line, digit.place.first) for digit in zone.layout.digits}
    for name in ("birth", "expiry"):
        span = zone.layout.fields[name]
        columns |= {(span.line, column) for column in range(span.first, span.end)}
    lines, repairs = list(zone.lines), []
    for line, column in sorted(columns):
        read = lines[line][column]
        likely = read.translate(_MISREAD)
        if likely != read:
            lines[line] = lines[line][:column] + likely + lines[line][column + 1 :]
            repairs.append(ProposedRepair(line + 1, column + 1, likely))
    return () if failing_digits(zone.layout, tuple(lines)) else tuple(repairs)


def _split_lines(line: str) -> tuple[str, ...]:
    for layout in LAYOUTS.values():
        if len(line) == layout.size:
            return tuple(
                line[start : start + layout.line_length] for start in range(0, layout.size, layout.line_length)
            )
    return (line,)


def _find_strange_characters(lines: tuple[str, ...]) -> tuple[ColumnFault, ...]:
    return tuple(
        ColumnFault(ZoneFault.ALPHABET, number, column)
        for number, line in enumerate(lines, 1)
        for column, character in enumerate(line, 1)
        if character not in VALUES
    )


def _find_field_faults(layout: Layout, lines: tuple[str, ...]) -> tuple[ColumnFault, ...]:
    faults = []
    for name, is_sound, fault in (
        ("document_code", _is_document_code, ZoneFault.DOCUMENT_CODE),
        ("issuer", _is_state_code, ZoneFault.STATE_CODE),
        ("nationality", _is_state_code, ZoneFault.STATE_CODE),
        ("name", _is_name, ZoneFault.NAME),
        ("sex", SEXES.__contains__, ZoneFault.SEX),
    ):
        span = layout.fields[name]
        if not is_sound(span.text(lines)):
            faults.append(ColumnFault(fault, span.line + 1, span.first + 1))
    return tuple(faults)


def _is_document_code(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z][A-Z0-9<]", text))


def _is_state_code(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]+<*", text))


def _is_name(text: str) -> bool:
    return bool(_LETTERS.fullmatch(text)) and text[0] != FILLER
