"""Suppress records, by person, and lift that: those withheld under 26 USC 6103(i)(6), and canaries (ADR 0013).

Guarantees: one person suppresses, at once; lifting takes two. All records of a person in the index are filed with the
one that was named. A list with a record_id that the index does not hold is refused whole, unless the caller allows it.
Start at `suppress_records`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from comity.app.use_cases.filings_by_two import FiledStep, file_act, load_register
from comity.app.use_cases.record_id_files import read_record_ids
from comity.errors import ComityError
from comity.model.filing import Act
from comity.release.record_suppression import find_suppressions

SuppressionKind = Literal["withheld", "canary"]


@dataclass(frozen=True, slots=True)
class RecordList:
    """A file of record_ids, the index that must hold them, and whether others are allowed."""

    file: Path
    index: Path | None = None
    allow_unknown: bool = False


@dataclass(frozen=True, slots=True)
class ChangedSuppression:
    """A filing about suppressed records: how many were named, and how many are filed, with the same persons' others."""

    filed: FiledStep
    named: int
    recorded: int


def suppress_records(
    home_path: Path, key_file: Path, kind: SuppressionKind, records: RecordList, reason: str = ""
) -> ChangedSuppression:
    """Suppress the records of a file, and all others of the same persons, from now on.

    Raises:
        ComityError: `bad_argument` when the file is no list, or names a record that the index does not hold.
        PolicyError: `filing_refused`.
    """
    return _file_list(home_path, key_file, Act.SUPPRESSION, kind, records, reason)


def lift_suppression(
    home_path: Path, key_file: Path, kind: SuppressionKind, records: RecordList, reason: str
) -> ChangedSuppression:
    """Enter a lift of the suppression of a file's records, and of the same persons' others, for a second to confirm.

    Raises as `suppress_records`.
    """
    return _file_list(home_path, key_file, Act.SUPPRESSION_LIFT, kind, records, reason)


def list_suppressed(home_path: Path, kind: SuppressionKind) -> list[str]:
    """List the record_ids that are suppressed, sorted."""
    return sorted(find_suppressions(load_register(home_path)).of_kind(kind))


def _file_list(  # noqa: PLR0913, PLR0917  each is a part of the filing
    home_path: Path, key_file: Path, act: Act, kind: SuppressionKind, records: RecordList, reason: str
) -> ChangedSuppression:
    named = read_record_ids(records.file)
    record_ids = set(named) | (_find_person_records(records, named) if records.index else set())
    if records.index is None and not records.allow_unknown:
        message = "The record_ids must be compared with the index that holds the records."
        raise ComityError("bad_argument", message, "Name it with --index, or file the list as it is: --allow-unknown")
    if act is Act.SUPPRESSION_LIFT:
        record_ids = set(named) | (record_ids & set(list_suppressed(home_path, kind)))
    content = {"kind": kind, "records": sorted(record_ids), "reason": reason}
    return ChangedSuppression(file_act(home_path, key_file, act, content), len(named), len(record_ids))


def _find_person_records(records: RecordList, named: Sequence[str]) -> set[str]:
    """Return all records of the persons named. Raises ComityError `bad_argument` for one that is not in the index."""
    from comity.match import Index  # noqa: PLC0415  takes seconds to import; only a list with an index needs it

    assert records.index is not None
    with Index.open(records.index) as index:
        unknown = set(named) - index.find_known_ids(named)
        if unknown and not records.allow_unknown:
            lines = [str(number) for number, record_id in enumerate(named, 1) if record_id in unknown]
            shown = ", ".join(lines[:10]) + (", ..." if len(lines) > 10 else "")
            message = f"{len(unknown)} of {len(named)} record_ids are not in the index (number {shown} of the list)."
            hint = "Nothing was filed. Correct the list, or file it as it is with --allow-unknown."
            raise ComityError("bad_argument", message, hint)
        return set(index.find_person_records(named))
