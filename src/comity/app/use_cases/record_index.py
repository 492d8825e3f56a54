"""Build an index of the custodian's records, change one, or describe one."""

from collections.abc import Sequence
from pathlib import Path

from comity import match
from comity.app.use_cases.record_id_files import read_record_ids
from comity.match import IndexCommit
from comity.model.progress import ProgressCallback


def build_index(
    records: Sequence[Path], out: Path, *, replace: bool = False, progress: ProgressCallback | None = None
) -> IndexCommit:
    """Index records into `out`; killed and run again with the same records, it continues where it stopped.

    Raises:
        ComityError: `records_invalid`, `build_stopped`, or `output_exists` unless `replace` is given.
    """
    return match.build_index(list(records), out, progress=progress, replace=replace)


def append_records(index: Path, records: Sequence[Path], *, progress: ProgressCallback | None = None) -> IndexCommit:
    """Add records to an index; a record whose record_id is in it replaces the older one. Raises ComityError."""
    return match.update_index(index, append=list(records), progress=progress)


def withdraw_records(index: Path, record_ids_file: Path, *, progress: ProgressCallback | None = None) -> IndexCommit:
    """Take records out of an index, named in a file of one record_id a line.

    Raises:
        ComityError: `bad_argument` when the file cannot be read whole.
    """
    record_ids = read_record_ids(record_ids_file)
    return match.update_index(index, withdraw=record_ids, progress=progress)


def describe_index(index: Path) -> IndexCommit:
    """Return the index's current commit: rows, years, sizes, keys, fingerprint. Raises IndexUnavailableError."""
    return match.Index.find_commit(index)
