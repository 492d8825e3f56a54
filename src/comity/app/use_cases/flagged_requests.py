"""Read the rows of a batch that its own words flag, and settle them: two persons clear a row, one refuses it.

Guarantees: rows are settled by number in one signed batch, known by the SHA-256 of its manifest, and only rows that are
flagged. What the requester wrote is shown in a file for the custodian's officer alone, and nowhere else.
Basis: ADR 0033; ADR 0025.
Start at `list_flagged_requests`, then `settle_rows`.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from comity import intake
from comity.app import bootstrap
from comity.app.home import Home
from comity.app.home.private_file import write_private_file
from comity.app.use_cases.filings_by_two import FiledStep, file_act
from comity.errors import ComityError
from comity.gates.facts import Facts
from comity.gates.reason_flags import list_flagged_rows
from comity.gates.request_columns import RequestColumns
from comity.model.batch import Batch
from comity.model.filing import Act
from comity.model.history import History

_READ_FIELDS = ("request_id", "case_number", "statute", "element", "proceeding", "reason")


@dataclass(frozen=True, slots=True)
class FlaggedRequests:
    """The flagged rows of a batch that nobody has settled: their numbers by rule, and the batch."""

    batch: Batch
    rows_by_rule: dict[str, tuple[int, ...]]

    @property
    def rows(self) -> tuple[int, ...]:
        """Return every flagged row once, in order."""
        return tuple(sorted({row for rows in self.rows_by_rule.values() for row in rows}))


def list_flagged_requests(folder: Path, *, home_path: Path, at: datetime) -> FlaggedRequests:
    """Return the rows that are flagged by the law on file in a home. Raises RequestError `batch_unreadable`."""
    batch = intake.read_draft(folder)
    law = bootstrap.load_law(Home.open(home_path))
    agreement = law.agreements.get(batch.manifest.agreement)
    facts = Facts(batch=batch, law=law, at=at, history=History(), agreement=agreement)
    flagged = list_flagged_rows(facts, RequestColumns(batch.requests))
    return FlaggedRequests(batch, {rule: tuple(rows.tolist()) for rule, rows in flagged.items() if len(rows)})


def write_flagged_requests(flagged: FlaggedRequests, path: Path) -> None:
    """Write a CSV file with the flagged rows' own words, which its owner alone can open: the officer who reads them."""
    rows = flagged.rows
    taken = flagged.batch.requests.take(pa.array([row - 1 for row in rows], pa.int64()))
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(("row", "rules", *_READ_FIELDS))
    for row, values in zip(rows, taken.select(list(_READ_FIELDS)).to_pylist(), strict=True):
        rules = ";".join(rule for rule, numbers in flagged.rows_by_rule.items() if row in numbers)
        writer.writerow((row, rules, *(values[name] or "" for name in _READ_FIELDS)))
    write_private_file(path, text.getvalue())


def settle_rows(  # noqa: PLR0913  each is the officer's to say
    folder: Path,
    rows: Sequence[int] | None,
    *,
    home_path: Path,
    key_file: Path,
    reason: str,
    clears: bool,
    at: datetime,
) -> FiledStep:
    """Enter that flagged rows are cleared, as the first of two persons, or refused, at once. None means all of them.

    Raises:
        ComityError: `bad_argument` when a row is not flagged, or none is.
        PolicyError: `filing_refused`.
    """
    flagged = list_flagged_requests(folder, home_path=home_path, at=at)
    chosen = flagged.rows if rows is None else tuple(sorted(set(rows)))
    not_flagged = sorted(set(chosen) - set(flagged.rows))
    if not_flagged or not chosen:
        message = (
            f"{len(not_flagged)} of these rows are not flagged, or are settled."
            if not_flagged
            else "No row is flagged."
        )
        raise ComityError("bad_argument", message, "See which are: comity flags list BATCH --home HOME")
    content = {"batch": flagged.batch.manifest_sha256, "rows": list(chosen), "reason": reason}
    return file_act(home_path, key_file, Act.ROW_CLEARANCE if clears else Act.ROW_REFUSAL, content)


def parse_row_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers in a list such as `3,17,20-25`.

    Raises:
        ComityError: `bad_argument`.

    >>> parse_row_numbers("3, 17,20-22")
    (3, 17, 20, 21, 22)
    """
    try:
        return tuple(_iterate_numbers(text.split(",")))
    except ValueError as error:
        raise ComityError(
            "bad_argument", "The rows are not a list of numbers.", "Write, for instance: 3,17,20-25"
        ) from error


def _iterate_numbers(parts: Iterable[str]) -> Iterable[int]:
    for part in parts:
        first, _, last = part.strip().partition("-")
        begin, end = int(first), int(last or first)
        if not 0 < begin <= end < begin + 1_000_000:
            raise ValueError("not a range")
        yield from range(begin, end + 1)
