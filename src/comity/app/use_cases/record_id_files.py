"""Read the files of record_ids that several commands take.

Guarantees: a file is read whole, each line one record_id, or it is refused: a byte that is not UTF-8, a NUL, a control
character, quotes, a separator or blank space within a line say that it is not such a file.
Start at `read_record_ids`.
"""

import re
from collections.abc import Collection
from pathlib import Path

from comity.errors import ComityError

_MAX_ID_BYTES = 200
_BOM = "\ufeff"
_FOREIGN_MARKS = re.compile(r"""[,;|\t"'\s]""")
_HEADERS = frozenset({"record_id", "record_ids", "recordid", "record id", "id", "ids"})


def read_record_ids(file: Path) -> list[str]:
    """Return the record_ids in a text file, one a line, each once, in order; blank lines are left out.

    Raises:
        ComityError: `bad_argument` when the file cannot be read whole as such a list; it names lines, and no value.
    """
    try:
        text = file.read_bytes().decode("utf-8")
    except OSError as error:
        message = f"The file of record_ids, {file.name}, could not be read ({error.strerror})."
        raise ComityError("bad_argument", message, "Name a text file, one record_id a line.") from error
    except UnicodeDecodeError as error:
        message = "The file of record_ids is not UTF-8 text, so that nothing of it was taken."
        raise ComityError("bad_argument", message, "Save it as UTF-8, one record_id a line.") from error
    lines = text.removeprefix(_BOM).replace("\r\n", "\n").split("\n")
    faults = [number for number, line in enumerate(lines, 1) if not _is_record_id(line, number)]
    if faults:
        shown = ", ".join(map(str, faults[:10])) + (", ..." if len(faults) > 10 else "")
        message = f"Line {shown} of the file holds something else than one record_id, so that nothing of it was taken."
        raise ComityError("bad_argument", message, "Give one record_id a line: no header, quotes, commas or blanks.")
    record_ids = list(dict.fromkeys(line.strip(" ") for line in lines if line.strip(" ")))
    if not record_ids:
        raise ComityError("bad_argument", "The file holds no record_id.", "Give one record_id a line.")
    return record_ids


def find_id_lines(file: Path, record_ids: Collection[str]) -> list[int]:
    """Return the numbers of the lines that hold one of these record_ids, in a file that `read_record_ids` has read."""
    lines = file.read_text(encoding="utf-8-sig").split("\n")
    wanted = set(record_ids)
    return [number for number, line in enumerate(lines, 1) if line.strip(" \r") in wanted]


def _is_record_id(line: str, number: int) -> bool:
    """Return whether a line is one record_id, or blank."""
    value = line.strip(" ")
    is_header = number == 1 and value.casefold() in _HEADERS
    is_plain = value.isprintable() and len(value.encode()) <= _MAX_ID_BYTES and not _FOREIGN_MARKS.search(value)
    return not value or (is_plain and not is_header)
