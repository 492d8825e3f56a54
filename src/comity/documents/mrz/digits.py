"""Check digits of a machine-readable zone: weights 7, 3, 1; fillers are 0 and letters 10 to 35; the sum modulo 10.

Basis: ICAO Doc 9303 part 3, section 4.9.
Start at `failing_digits`.
"""

from comity.documents.mrz.layouts import NUMBER, CheckDigit, Layout

FILLER = "<"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
VALUES = {FILLER: 0} | {character: value for value, character in enumerate(ALPHABET)}
WEIGHTS = (7, 3, 1)
NO_VALUE = 255
_TABLE = bytes(VALUES.get(chr(byte), NO_VALUE) for byte in range(256))


def compute_digit(text: str) -> str | None:
    """Return the check digit of some characters, or None when one of them has no value.

    >>> compute_digit("L898902C3")
    '6'
    """
    values = text.encode("ascii", "replace").translate(_TABLE)
    if NO_VALUE in values:
        return None
    heavy, middle, light = WEIGHTS
    return str((heavy * sum(values[::3]) + middle * sum(values[1::3]) + light * sum(values[2::3])) % 10)


def failing_digits(layout: Layout, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the check digits that do not agree with what they cover, in the layout's order.

    A digit over characters outside the alphabet does not agree. `lines` have the layout's lengths.
    """
    return tuple(digit.name for digit in layout.digits if not _agrees(layout, digit, lines))


def read_number(layout: Layout, lines: tuple[str, ...]) -> tuple[str, str]:
    """Return the document number without its fillers, and its check digit.

    A number of more than 9 characters (TD1, TD2) has a filler where its digit would be, and runs on into the optional
    data: the rest of the number, its digit, and a filler (Doc 9303 part 5, note j).
    """
    digit_span = next(digit.place for digit in layout.digits if digit.name == NUMBER)
    start, digit = layout.fields[NUMBER].text(lines), digit_span.text(lines)
    if digit == FILLER and layout.long_number is not None:
        continuation = layout.fields[layout.long_number].text(lines).split(FILLER)[0]
        return (
            (start + continuation[:-1], continuation[-1]) if len(continuation) > 1 else (start.rstrip(FILLER), FILLER)
        )
    return start.rstrip(FILLER), digit


def substitutions_unseen(layout: Layout, lines: tuple[str, ...], fields: tuple[str, ...]) -> tuple[int, int]:
    """Return how many single-character changes in some fields keep every check digit, and how many there are.

    Counts each column of the fields times the 36 other characters. `lines` pass every digit. A change in a covered
    column passes when both characters have one value modulo 10, since no weight shares a factor with 10.
    """
    spans = [layout.fields[name] for name in fields]
    columns = [(span.line, column) for span in spans for column in range(span.first, span.end)]
    if any(digit.place.text(lines) == FILLER for digit in layout.digits):  # what a filler means depends on its field
        changed = (_change(lines, *column, character) for column in columns for character in VALUES)
        return sum(not failing_digits(layout, changed_lines) for changed_lines in changed) - len(columns), len(
            columns
        ) * _OTHERS
    covered = {
        (span.line, column)
        for digit in layout.digits
        for span in digit.covers
        for column in range(span.first, span.end)
    }
    unseen = sum(_EQUAL[lines[line][column]] - 1 if (line, column) in covered else _OTHERS for line, column in columns)
    return unseen, len(columns) * _OTHERS


_OTHERS = len(VALUES) - 1
_EQUAL = {
    character: sum(candidate % 10 == value % 10 for candidate in VALUES.values()) for character, value in VALUES.items()
}
"""How many characters have a character's value modulo 10, itself among them."""


def _agrees(layout: Layout, digit: CheckDigit, lines: tuple[str, ...]) -> bool:
    printed, covered = digit.place.text(lines), "".join(span.text(lines) for span in digit.covers)
    if digit.name == NUMBER and layout.long_number is not None and printed == FILLER:
        covered, printed = read_number(layout, lines)
    if digit.may_be_filler and printed == FILLER:
        return not covered.strip(FILLER)
    return printed == compute_digit(covered)


def _change(lines: tuple[str, ...], line: int, column: int, character: str) -> tuple[str, ...]:
    changed = lines[line][:column] + character + lines[line][column + 1 :]
    return (*lines[:line], changed, *lines[line + 1 :])
