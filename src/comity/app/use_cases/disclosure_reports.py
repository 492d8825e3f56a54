"""Account for disclosures: the record of every request, the yearly report with its public form, the subject's view.

Guarantees: figures are counted from a ledger that is verified first, under a checkpoint that they name.
Basis: 26 USC 6103(p)(3)(A) to (C); 26 USC 7431(e); 5 USC 552a(c).
Start at `write_annual_report`.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from comity.accounting import (
    AnnualReport,
    compile_annual_report,
    find_disclosures,
    iter_request_records,
    list_disclosures,
    make_public_report,
    release_to_subject,
    write_notifications,
)
from comity.accounting.request_records import REASON_FIELDS, RECORD_FIELDS, ReasonCounts
from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.pages.accounting_page import render_accounting_page
from comity.app.use_cases.filings_by_two import FiledStep, file_act
from comity.app.use_cases.record_id_files import read_record_ids
from comity.errors import ComityError
from comity.folders import make_private_folder, replace_file, write_private_file
from comity.ledger import log
from comity.ledger.filed import read_register
from comity.model.filing import Act
from comity.store import answers, batches

_DISCLOSED_CODES = frozenset({"CONFIRMED", "NOT_CONFIRMED"})


@dataclass(frozen=True, slots=True)
class Charge:
    """Why subjects are notified: a charge (`charged`) or proposed discipline (`proposed`), since when, and where."""

    ground: str
    on: date
    docket: str
    statute: str = ""
    rights: str = ""


def write_annual_report(
    home_path: Path, year: int | None, out: Path, *, suppress_below: int = 0
) -> tuple[AnnualReport, dict[str, Any]]:
    """Verify the ledger, then write a calendar year's record and reports into `out`; None is this year (UTC).

    Returns the report, and its public form, which leaves out counts below `suppress_below` if that was decided.

    report.json, .csv, .html, record.csv and reasons.csv (counts by month and reason) are for the custodian, the Joint
    Committee and the inspector; public.json, .csv and .html may be published. All are written for their owner alone.

    Raises:
        ComityError: `output_exists` when the folder cannot be created.
        LedgerError: `ledger_damaged` when the ledger is not sound.
    """
    home, report_year = Home.open(home_path), year or clock.now().year
    signer, reasons = bootstrap.load_key_ring(home), ReasonCounts()
    _create_folder(out)
    with bootstrap.open_store(home) as store:
        log.sign_current_checkpoint(store, signer, at=clock.now())
        report = compile_annual_report(store, bootstrap.load_law(home), signer.verifiers, signer.name, report_year)
        with store.read() as tx:
            _write_csv(out / "record.csv", RECORD_FIELDS, reasons.count(iter_request_records(tx, report_year)))
    _write_csv(out / "reasons.csv", REASON_FIELDS, reasons.to_rows())
    public = make_public_report(report, suppress_below=suppress_below)
    _write_reports(out, report, public)
    return report, public


def list_subject_disclosures(
    home_path: Path, record_ids_file: Path, *, today: date, for_subject: bool
) -> Sequence[dict[str, Any]]:
    """List the disclosures of one person's records; `for_subject` leaves out what the person may not see that day.

    Raises:
        ComityError: `bad_argument` when the file cannot be read.
    """
    record_ids = read_record_ids(record_ids_file)
    home = Home.open(home_path)
    with bootstrap.open_store(home) as store, store.read() as tx:
        return list_disclosures(tx, bootstrap.load_law(home), record_ids, today=today, for_subject=for_subject)


def release_disclosure(home_path: Path, batch_id: str, row: int, *, visible_from: date, counsel: str) -> int:
    """Let the subject of a disclosure see it from a day on, as counsel decides; return the ledger entry that says so.

    Raises:
        ComityError: `bad_argument` when there is no such disclosure.
    """
    home = Home.open(home_path)
    with bootstrap.open_store(home) as store:
        entry = release_to_subject(
            store, batch_id=batch_id, row=row, visible_from=visible_from, counsel=counsel, at=clock.now()
        )
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())
    return entry


def request_notification(
    home_path: Path, key_file: Path, batch_id: str, rows: Sequence[int], charge: Charge
) -> FiledStep:
    """Enter, as the first of two persons, that the subjects of disclosures are to be notified (26 USC 7431(e)).

    Without rows, all disclosures of the batch are meant.

    Raises:
        ComityError: `bad_argument` when there is no such batch, or no disclosure for a row.
        PolicyError: `filing_refused`, `law_invalid`.
    """
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        batch = batches.resolve(tx, batch_id)
        if batch is None or batch.answered_at is None:
            raise ComityError("bad_argument", "No answered batch of that id is on file.", "Check --batch.")
        meant = rows or [a.row for a in answers.stream_by_batch(tx, batch.batch_id) if a.code in _DISCLOSED_CODES]
        find_disclosures(tx, batch, tuple(meant))
    content = {
        "batch": batch.batch_id,
        "rows": sorted(set(meant)),
        "ground": charge.ground,
        "statute": charge.statute,
        "on": charge.on.isoformat(),
        "docket": charge.docket,
        "rights": charge.rights,
    }
    return file_act(home_path, key_file, Act.NOTIFICATION, content)


def write_notification(home_path: Path, number: int, out: Path) -> Sequence[Path]:
    """Write the notices of a notification that two persons filed into `out`; return a folder for each disclosure.

    Raises:
        PolicyError: `filing_missing`.
        ComityError: `bad_argument`, `output_exists`.
    """
    home = Home.open(home_path)
    _create_folder(out)
    with bootstrap.open_store(home) as store, store.read() as tx:
        notification = read_register(tx).get_in_force(number, Act.NOTIFICATION).content
        key = home.keys.load_signing_key("answers")
        return write_notifications(tx, bootstrap.load_law(home), notification, out, key)


def _create_folder(out: Path) -> None:
    try:
        make_private_folder(out)
    except OSError as error:
        message, hint = "The output folder could not be made.", "Name another with --out."
        raise ComityError("output_exists", message, hint) from error


def _write_reports(out: Path, report: AnnualReport, public: Mapping[str, Any]) -> None:
    for name, facts in (("report", report.to_dict() | {"requests": list(report.requests)}), ("public", public)):
        replace_file(out / f"{name}.json", (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode())
        page = render_accounting_page(public, None if name == "public" else report)
        replace_file(out / f"{name}.html", page.encode())
    lines = report.to_dict()["lines"]
    _write_csv(out / "report.csv", list(lines[0]) if lines else ["agency"], lines)
    public_lines = [{**line, "purposes": "; ".join(line["purposes"])} for line in public["agencies"]]
    _write_csv(out / "public.csv", ["agency", "requests", "disclosures", "taxpayers", "purposes"], public_lines)


def _write_csv(path: Path, fields: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with write_private_file(path) as file:
        writer = csv.DictWriter(file, list(fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _escape_formula(row.get(name)) for name in fields} for row in rows)


def _escape_formula(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula: what a requester wrote may begin like one."""
    if value is None:
        return "not shown"
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
