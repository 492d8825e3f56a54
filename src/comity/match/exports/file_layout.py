"""Detect how a file of an export is laid out, and sample the columns of its first lines.

Guarantees: a file that is no table is named with the reason; nothing is decided about what a column means.
Start at `detect_layout`.
"""

import codecs
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from comity.match.exports.charset import HEAD_BYTES, detect_encoding
from comity.match.exports.column_names import find_field
from comity.match.exports.table_reader import number_repeated_names, open_content, split_line
from comity.match.records_source import PANDAS_INDEX, is_parquet
from comity.reference.states import STATE_NAMES

_SAMPLE_LINES = 2_000
_FEWEST_ALIGNED = 3
"""Rows, and distances from the word before, that show a column of fixed width which most rows leave blank."""
_DELIMITERS = "|\t,;^~"
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x19\x1b\x1c\x7f]")
"""Characters that text does not have; units are separated by \\x1d to \\x1f in some exports."""
STATES = frozenset(STATE_NAMES) | {name.upper() for name in STATE_NAMES.values()}


@dataclass(slots=True)
class FileLayout:
    """How a file is laid out, and the columns of its first lines.

    `touching` are neighbors of fixed width between which hardly a row has a blank, so that they may be one column.
    """

    layout: str
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    has_header: bool = True
    columns: dict[str, list[str]] = field(default_factory=dict)
    slices: dict[str, tuple[int, int]] = field(default_factory=dict)
    skip_lines: int = 0
    touching: tuple[tuple[str, str], ...] = ()

    @property
    def signature(self) -> tuple[object, ...]:
        """Return what files of one table share."""
        settings = (self.layout, self.encoding, self.delimiter, self.quote, self.has_header, self.skip_lines)
        return (*settings, tuple(self.columns), tuple(self.slices.items()))


def detect_layout(file: Path) -> FileLayout | str:
    """Return how a file is laid out, or why it is no table."""
    try:
        if is_parquet(file) or _starts_with(file, b"PAR1"):
            return _read_parquet(file)
        if _starts_with(file, b"PK\x03\x04") or _starts_with(file, b"%PDF") or _starts_with(file, b"\xd0\xcf\x11\xe0"):
            return "it is a workbook or a document; save the sheet as CSV UTF-8"
        with open_content(file) as stream:
            encoding = detect_encoding(iter(lambda: stream.read(HEAD_BYTES), b""))
        with open_content(file) as stream:
            head = stream.read(HEAD_BYTES)
    except (OSError, pa.ArrowInvalid):
        return "it cannot be read"
    if encoding is None:
        return "it is not text"
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).removeprefix("\ufeff")
    if len(_CONTROLS.findall(text)) > 1 + len(text) // 50:
        return "it is not text"
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip(" \t\x1a")][:_SAMPLE_LINES]
    if len(head) == HEAD_BYTES and len(lines) > 1:
        lines = lines[:-1]
    return _lay_out_lines(lines, encoding) if lines else "it is empty"


def _starts_with(file: Path, magic: bytes) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(magic)) == magic


def _read_parquet(file: Path) -> FileLayout:
    table = next(pq.ParquetFile(file).iter_batches(_SAMPLE_LINES), None)
    schema = pq.read_schema(file)
    columns = {
        name: ["" if v is None else _as_text(v) for v in (table.column(name).to_pylist() if table is not None else [])]
        for name in schema.names
        if not PANDAS_INDEX.fullmatch(name)
    }
    return FileLayout("parquet", columns=columns)


def _as_text(value: object) -> str:
    text = str(value)
    return text.removesuffix(".0") if isinstance(value, float) else text


def _lay_out_lines(lines: list[str], encoding: str) -> FileLayout:
    """Return the layout of lines of text: the delimiter that cuts most lines alike, or fixed widths."""
    best, best_score = "", (0.0, 0)
    for delimiter in _DELIMITERS:
        counts = Counter(len(split_line(line, delimiter, '"')) for line in lines)
        fields, agreed = counts.most_common(1)[0]
        score = (round(agreed / len(lines), 2), fields)
        if fields > 1 and score > best_score and agreed >= 0.7 * len(lines):
            best, best_score = delimiter, score
    if not best:
        return _lay_out_fixed(lines, encoding)
    unbalanced = sum(line.count('"') % 2 for line in lines)
    quote = "" if unbalanced > 0.05 * len(lines) else '"'
    rows = [split_line(line, best, quote) for line in lines]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    skip_lines = next(i for i, row in enumerate(rows) if len(row) == width)
    rows = [row for row in rows if len(row) == width]
    has_header = _is_header(rows[0])
    names = number_repeated_names(rows[0]) if has_header else [f"column_{n}" for n in range(1, width + 1)]
    body = rows[1:] if has_header else rows
    columns = {name: [_clean(row[i]) for row in body] for i, name in enumerate(names)}
    return FileLayout("delimited", encoding, best, quote, has_header, columns, skip_lines=skip_lines)


def _clean(text: str) -> str:
    """Return a value without blanks around it, and without the ="..." of spreadsheets."""
    text = text.strip()
    return text[1:].strip('"') if text.startswith("=") else text


def _is_header(row: Sequence[str]) -> bool:
    """Return whether a first row holds names of columns: names that are known, or words that all differ."""
    names = [text.strip() for text in row]
    is_named = sum(find_field(name) is not None for name in names) >= max(2, len(names) // 4)
    is_plain = all(names) and not any(re.fullmatch(r"[\d./-]+", name) for name in names)
    return is_named or (len(set(names)) == len(names) and is_plain and all(len(name) < 40 for name in names))


def _lay_out_fixed(lines: list[str], encoding: str) -> FileLayout:
    """Cut lines of fixed width: at the runs of a line of dashes, or where columns begin by what is in them."""
    underlined = next((i for i, line in enumerate(lines[:20]) if re.fullmatch(r"-+( +-+)+ *", line)), None)
    if underlined is not None:
        runs = [(run.start(), run.end()) for run in re.finditer("-+", lines[underlined])]
        header, body, skip_lines = lines[max(underlined - 1, 0)], lines[underlined + 1 :], underlined + 1
    else:
        has_header = not re.search(r"\d", lines[0]) and len(lines) > 1 and bool(re.search(r"\d", lines[1]))
        header, body, skip_lines = (lines[0], lines[1:], 1) if has_header else ("", lines, 0)
        runs = _find_runs(body)
    columns: dict[str, list[str]] = {}
    slices: dict[str, tuple[int, int]] = {}
    for number, (start, stop) in enumerate(runs, 1):
        name = header[start:stop].strip()
        name = name if name and name not in columns else f"column_{number}"
        columns[name] = [line[start:stop].strip() for line in body]
        slices[name] = (start, stop)
    touching = tuple(
        pair
        for pair in pairwise(slices)
        if _touches(body, slices[pair[1]][0]) and not _are_of_fixed_width(columns, pair)
    )
    return FileLayout(
        "fixed",
        encoding,
        has_header=False,
        columns=columns,
        slices=slices,
        skip_lines=skip_lines,
        touching=touching,
    )


def _touches(lines: Sequence[str], i: int) -> bool:
    """Return whether almost every line that is written at a position is written before it, too."""
    written = [line[i - 1] for line in lines if line[i : i + 1].strip()]
    return bool(written) and sum(character != " " for character in written) > 0.98 * len(written)


def _are_of_fixed_width(columns: Mapping[str, Sequence[str]], pair: tuple[str, str]) -> bool:
    """Return whether one of two columns is what fills its width in every row: a year, a state or a ZIP code."""
    patterns = (r"(19|20)\d\d", r"\d{5}", r"\d{3}-?\d\d-?\d{4}")
    texts = [[text for text in columns[name] if text] for name in pair]
    return any(
        bool(column)
        and (all(text in STATES for text in column) or any(all(map(re.compile(p).fullmatch, column)) for p in patterns))
        for column in texts
    )


def _find_runs(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return the start and the end of each column of lines of fixed width."""
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    shares = [_position_shares([line[i] for line in padded]) for i in range(width)]
    starts = [0]
    for i in range(1, width):
        if _begins_column(padded, starts[-1], i, shares):
            starts.append(i)
    return list(zip(starts, [*starts[1:], width], strict=True))


def _position_shares(characters: Sequence[str]) -> tuple[float, float]:
    """Return how often a position is blank, and how often it is a digit where it is not blank."""
    written = [character for character in characters if character != " "]
    digits = sum(character.isdigit() for character in written)
    return 1 - len(written) / len(characters), digits / len(written) if written else 0.0


def _begins_column(lines: Sequence[str], start: int, i: int, shares: Sequence[tuple[float, float]]) -> bool:
    """Return whether a column seems to begin at position i, when the one before began at `start`.

    That is so where words end before it and hardly any goes over it, and where digits give way to letters or letters,
    other than a fixed beginning such as that of an account number, give way to digits.
    """
    (blank_before, digits_before), (blank, digits) = shares[i - 1], shares[i]
    written = [line for line in lines if line[i] != " "]
    goes_over = sum(line[i - 1] != " " for line in written)
    if blank > 0.9:
        return _are_aligned(written, start, i)
    if blank_before > 0.25 and goes_over < 0.1 * len(written):
        return True
    if blank_before > 0.7 and blank < 0.02 and _fills_its_width(written, i):
        return True
    if blank_before > 0.1 or all(line[i] == "-" or line[i - 1] == "-" for line in written):
        return False
    before = {line[start:i] for line in lines}
    is_prefix = len(before) == 1 and not before <= STATES
    return (digits_before > 0.95 and digits < 0.5) or (digits > 0.95 and digits_before < 0.5 and not is_prefix)


def _fills_its_width(written: Sequence[str], i: int) -> bool:
    """Return whether what goes over to position i is long, as nine digits of a ZIP code where most have five.

    A number that stands at the right of its column is longer than the others by a digit or two.
    """
    over = [line[max(i - 4, 0) : i] for line in written if line[i - 1] != " "]
    return sum(" " not in text for text in over) > 0.95 * len(over)


def _are_aligned(written: Sequence[str], start: int, i: int) -> bool:
    """Return whether the few lines that are written at position i begin a word there, whatever stands before it.

    So does a column that few rows have, as that of suffixes; a second word of a name begins one blank after the first.
    """
    if len(written) < _FEWEST_ALIGNED or any(line[i - 1] != " " for line in written):
        return False
    ends = {len(line[start:i].rstrip()) for line in written}
    return len(ends) >= _FEWEST_ALIGNED and 0 not in ends
