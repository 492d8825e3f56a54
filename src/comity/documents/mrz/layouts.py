"""The five layouts of a machine-readable zone: which columns hold which field, and what each check digit covers.

Basis: ICAO Doc 9303 parts 4 (TD3), 5 (TD1), 6 (TD2) and 7 (MRV-A, MRV-B).
Start at `LAYOUTS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Span:
    """Some columns of one line; `line` and `first` count from 0, `end` is the first column after."""

    line: int
    first: int
    end: int

    def text(self, lines: tuple[str, ...]) -> str:
        """Return the characters in these columns."""
        return lines[self.line][self.first : self.end]


@dataclass(frozen=True, slots=True)
class CheckDigit:
    """A check digit: where it is and which columns it covers, in the order of their weights.

    `may_be_filler`: a filler is as good as 0 when the columns covered hold nothing else (TD3 optional data).
    """

    name: str
    place: Span
    covers: tuple[Span, ...]
    may_be_filler: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One size of zone. `long_number` names the field into which a number of more than 9 characters runs on, if any."""

    name: str
    line_count: int
    line_length: int
    fields: Mapping[str, Span]
    digits: tuple[CheckDigit, ...]
    long_number: str | None = None

    @property
    def size(self) -> int:
        """Return the number of characters of the whole zone."""
        return self.line_count * self.line_length


def _span(line: int, first: int, last: int) -> Span:
    """Return the span of columns as Doc 9303 counts them: lines and columns from 1, both ends included."""
    return Span(line - 1, first - 1, last)


def _digit(name: str, place: Span, *covers: Span, may_be_filler: bool = False) -> CheckDigit:
    return CheckDigit(name, place, covers, may_be_filler)


NUMBER, BIRTH, EXPIRY, OPTIONAL, COMPOSITE = "number", "birth", "expiry", "optional", "composite"
"""The names of all check digits, in the order in which they are reported."""


def _two_line_fields(length: int, optional_end: int) -> dict[str, Span]:
    """Return the fields that TD2, TD3 and both visas have in the same columns."""
    return {
        "document_code": _span(1, 1, 2),
        "issuer": _span(1, 3, 5),
        "name": _span(1, 6, length),
        "number": _span(2, 1, 9),
        "nationality": _span(2, 11, 13),
        "birth": _span(2, 14, 19),
        "sex": _span(2, 21, 21),
        "expiry": _span(2, 22, 27),
        "optional": _span(2, 29, optional_end),
    }


_TWO_LINE_DIGITS = (
    _digit(NUMBER, _span(2, 10, 10), _span(2, 1, 9)),
    _digit(BIRTH, _span(2, 20, 20), _span(2, 14, 19)),
    _digit(EXPIRY, _span(2, 28, 28), _span(2, 22, 27)),
)

TD1 = Layout(
    name="TD1",
    line_count=3,
    line_length=30,
    fields={
        "document_code": _span(1, 1, 2),
        "issuer": _span(1, 3, 5),
        "number": _span(1, 6, 14),
        "optional": _span(1, 16, 30),
        "birth": _span(2, 1, 6),
        "sex": _span(2, 8, 8),
        "expiry": _span(2, 9, 14),
        "nationality": _span(2, 16, 18),
        "optional_2": _span(2, 19, 29),
        "name": _span(3, 1, 30),
    },
    digits=(
        _digit(NUMBER, _span(1, 15, 15), _span(1, 6, 14)),
        _digit(BIRTH, _span(2, 7, 7), _span(2, 1, 6)),
        _digit(EXPIRY, _span(2, 15, 15), _span(2, 9, 14)),
        _digit(COMPOSITE, _span(2, 30, 30), _span(1, 6, 30), _span(2, 1, 7), _span(2, 9, 15), _span(2, 19, 29)),
    ),
    long_number="optional",
)
TD2 = Layout(
    name="TD2",
    line_count=2,
    line_length=36,
    fields=_two_line_fields(36, 35),
    digits=(
        *_TWO_LINE_DIGITS,
        _digit(COMPOSITE, _span(2, 36, 36), _span(2, 1, 10), _span(2, 14, 20), _span(2, 22, 35)),
    ),
    long_number="optional",
)
TD3 = Layout(
    name="TD3",
    line_count=2,
    line_length=44,
    fields=_two_line_fields(44, 42),
    digits=(
        *_TWO_LINE_DIGITS,
        _digit(OPTIONAL, _span(2, 43, 43), _span(2, 29, 42), may_be_filler=True),
        _digit(COMPOSITE, _span(2, 44, 44), _span(2, 1, 10), _span(2, 14, 20), _span(2, 22, 43)),
    ),
)
MRV_A = Layout("MRV-A", 2, 44, _two_line_fields(44, 44), _TWO_LINE_DIGITS)
MRV_B = Layout("MRV-B", 2, 36, _two_line_fields(36, 36), _TWO_LINE_DIGITS)

LAYOUTS = {layout.name: layout for layout in (TD1, TD2, TD3, MRV_A, MRV_B)}

VISA_CODE = "V"
"""The first letter of a visa's document code: it alone distinguishes MRV-A from TD3 and MRV-B from TD2."""


def find_layout(line_count: int, line_length: int, first_letter: str) -> Layout | None:
    """Return the layout with this many lines of this length, or None."""
    for layout in LAYOUTS.values():
        is_visa = layout.name.startswith("MRV")
        if (layout.line_count, layout.line_length) == (line_count, line_length) and (
            layout is TD1 or is_visa == (first_letter == VISA_CODE)
        ):
            return layout
    return None


@cache
def uncovered_fields(layout: Layout) -> tuple[str, ...]:
    """Return the fields no part of which any check digit covers, so that no digit sees a change in them."""
    covered = {
        (span.line, column)
        for digit in layout.digits
        for span in digit.covers
        for column in range(span.first, span.end)
    }
    return tuple(
        name
        for name, span in layout.fields.items()
        if not any((span.line, column) in covered for column in range(span.first, span.end))
    )
