"""Read a table of delimited text as spreadsheet programs save it: in any of their encodings, with any of their marks.

Guarantees: the encoding is known by a byte order mark or by the bytes; text that is in none is refused with its line,
and nothing is replaced. Rows are counted as a spreadsheet program counts them: a quoted line break begins no row.
Start at `read_text_table`.
"""

import codecs
import csv
import io
from pathlib import Path

from comity.plain_files import read_plain_file
from comity.spreadsheets.sheet import Cell, Sheet, SheetRow, make_sheet, unreadable_sheet

MAX_TEXT_BYTES = 512 * 2**20
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_SAVE_AS = "Save it as CSV UTF-8, and build again."


def read_text_table(path: Path) -> Sheet:
    """Return the table in a file. Raises RequestError `sheet_unreadable`."""
    data = read_table_bytes(path, MAX_TEXT_BYTES)
    if data.startswith(_WORKBOOK_MARKS):
        raise unreadable_sheet("The file is a workbook under the name of a text file.", "Name it .xlsx.")
    text, encoding = _decode(data)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise unreadable_sheet(f"Line {line} holds a NUL character, so the file is damaged or no text.", _SAVE_AS)
    delimiter, text = _find_delimiter(text)
    records = _parse_records(text, delimiter)
    return make_sheet(records, (f"The file was read as {encoding}, separated by {_DELIMITERS[delimiter]}.",))


def read_table_bytes(path: Path, limit: int) -> bytes:
    """Return a file's bytes. Raises RequestError `sheet_unreadable` when it is too large or no plain file."""
    try:
        data = read_plain_file(path, limit)
    except OSError as error:
        message = f"The file {path} is missing, or is no plain file that can be read."
        raise unreadable_sheet(message, "Name the file itself.") from error
    if len(data) > limit:
        message = f"The file {path} is larger than {limit // 2**20} MiB."
        raise unreadable_sheet(message, "Divide it, or write a requests file in the batch format.")
    return data


def _decode(data: bytes) -> tuple[str, str]:
    """Return the text, and the name of its encoding."""
    if data.startswith(_UTF32_MARKS):
        raise unreadable_sheet("The file is in UTF-32, which no spreadsheet program saves.", _SAVE_AS)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_as(data, "utf-16", "UTF-16"), "UTF-16"
    if data[1:200:2].count(0) > len(data[1:200:2]) // 2:
        return _decode_as(data, "utf-16-le", "UTF-16"), "UTF-16"
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return _decode_as(data, "cp1252", "Windows-1252"), "Windows-1252"


def _decode_as(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"Line {line} is neither UTF-8 nor {name}, so what it says is not sure."
        raise unreadable_sheet(message, _SAVE_AS) from error


def _find_delimiter(text: str) -> tuple[str, str]:
    """Return what separates the fields, and the text without the line by which some programs say so."""
    first, _, rest = text.partition("\n")
    declared = first.strip().strip('"').lower()
    if declared.startswith("sep=") and len(first.strip().strip('"')) == len("sep=") + 1:
        mark = first.strip().strip('"')[-1]
        if mark in _DELIMITERS:
            return mark, rest
    header = next((line for line in text.splitlines() if line.strip(" ,;|\t")), text)
    outside = "".join(header.split('"')[::2])
    count, mark = max((outside.count(mark), mark) for mark in _DELIMITERS)
    return (mark if count else ","), text


def _parse_records(text: str, delimiter: str) -> list[SheetRow]:
    """Return every record, blank ones too, with its number. Raises RequestError `sheet_unreadable`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[SheetRow] = []
    try:
        for fields in reader:
            records.append(SheetRow(len(records) + 1, [Cell(field) for field in fields]))
    except csv.Error as error:
        message = (
            f"Row {len(records) + 1} cannot be read: a quote is left open, or one is inside a field, or a field is "
            "longer than any that a request has."
        )
        raise unreadable_sheet(message, "Correct the row, or save the table again from your program.") from error
    return records
