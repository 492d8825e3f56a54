"""Read the files of record_ids that several commands take."""

from pathlib import Path

from comity.errors import ComityError


def read_record_ids(file: Path) -> list[str]:
    """Return the record_ids in a text file, separated by white space.

    Raises:
        ComityError: `bad_argument` when the file cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError("bad_argument", "The file of record_ids could not be read.", "Check --records.") from error
