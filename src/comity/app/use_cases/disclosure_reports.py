"""Account for disclosures: the record of every request, the yearly report with its public form, the subject's view.

Guarantees: figures are counted from a ledger that is verified first, under a checkpoint that they name.
Basis: 26 USC 6103(p)(3)(A) to (C); 5 USC 552a(c).
Start at `write_annual_report`.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from comity.accounting import (
    AnnualReport,
    compile_annual_report,
    iter_request_records,
    list_disclosures,
    make_public_report,
    release_to_subject,
)
from comity.accounting.request_records import RECORD_FIELDS
from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.pages.accounting_page import render_accounting_page
from comity.app.use_cases.record_id_files import read_record_ids
from comity.errors import ComityError
from comity.folders import make_private_folder, replace_file, write_private_file
from comity.ledger import log


def write_annual_report(
    home_path: Path, year: int | None, out: Path, *, suppress_below: int = 0
) -> tuple[AnnualReport, dict[str, Any]]:
    """Verify the ledger, then write a calendar year's record and reports into `out`; None is this year (UTC).

    Returns the report, and its public form, which leaves out counts below `suppress_below` if that was decided.

    report.json, .csv, .html and record.csv are for the custodian, the Joint Committee and the inspector; public.json,
    .csv and .html may be published. All are written for their owner alone.

    Raises:
        ComityError: `output_exists` when the folder cannot be created.
        LedgerError: `ledger_damaged` when the ledger is not sound.
    """
    home, report_year = Home.open(home_path), year or clock.now().year
    signer = bootstrap.load_key_ring(home)
    _create_folder(out)
    with bootstrap.open_store(home) as store:
        log.sign_current_checkpoint(store, signer, at=clock.now())
        report = compile_annual_report(store, bootstrap.load_law(home), signer.verifiers, signer.name, report_year)
        with store.read() as tx:
            _write_csv(out / "record.csv", RECORD_FIELDS, iter_request_records(tx, report_year))
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
