"""`comity accounting`: the record of every request, the yearly report and its public form, and what a subject may see."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from comity import law
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
from comity.app.cli import make_command_group
from comity.app.cli.arguments import AsOfOption, HomeOption, OutOption, read_record_ids
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import Home
from comity.app.pages.accounting_page import render_accounting_page
from comity.errors import ComityError
from comity.ledger import log


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("Accounting of disclosures: the record, the yearly report, the subject's view.")
    commands.command("report")(write_report)
    commands.command("subject")(show_subject_view)
    commands.command("release")(release_disclosure)
    app.add_typer(commands, name="accounting")


def write_report(
    home: HomeOption,
    out: OutOption,
    year: Annotated[
        int | None, typer.Option("--year", min=1976, max=9998, help="A calendar year (UTC); default: this one.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify the ledger, then write a year's record of requests, the report to the Joint Committee, and its public form.

    report.json, .csv, .html and record.csv are for the custodian, the Joint Committee and the inspector; public.json, .csv
    and .html may be published. Ends with 5 when the ledger is not sound.

    Example: comity accounting report --home home --out accounting
    """
    opened, wanted = Home.open(home), year or clock.now().year
    signer = bootstrap.load_key_ring(opened)
    _create_folder(out)
    with bootstrap.open_store(opened) as store:
        log.sign_current_checkpoint(store, signer, at=clock.now())
        figures = compile_annual_report(
            store, law.load_law(folder=opened.law_folder), signer.verifiers, signer.name, wanted
        )
        with store.read() as tx:
            _write_csv(out / "record.csv", RECORD_FIELDS, iter_request_records(tx, wanted))
    _write_reports(out, figures)
    public = make_public_report(figures)
    lines = [
        f"{line['agency']}: (I) requests {_format_count(line['requests'])}, (II) disclosures {_format_count(line['disclosures'])}, "
        f"(III) taxpayers {_format_count(line['taxpayers'])}"
        for line in public["agencies"]
    ]
    print_result(figures.to_dict() | {"public": public}, [*lines, f"Open {out / 'report.html'}"], as_json=as_json)


def show_subject_view(
    home: HomeOption,
    records: Annotated[Path, typer.Option("--records", help="A file of the person's record_ids, one a line.")],
    for_subject: Annotated[
        bool, typer.Option("--for-subject", help="Leave out what the person may not see yet.")
    ] = False,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the disclosures of one person's records (5 USC 552a(c)), whole or as the person may see them.

    Example: comity accounting subject --home home --records person.txt --for-subject
    """
    today = (clock.parse_time(as_of) if as_of else clock.now()).date()
    wanted = read_record_ids(records)
    opened = Home.open(home)
    with bootstrap.open_store(opened) as store, store.read() as tx:
        found = list_disclosures(
            tx, law.load_law(folder=opened.law_folder), wanted, today=today, for_subject=for_subject
        )
    lines = [
        f"{d['disclosed_on']}  to {d['recipient']}, under {d['agreement']} ({d['purpose']}); limit: {d['limit']}"
        + (f"; shown to the subject from {d['shown_to_subject_from']}" if d["shown_to_subject_from"] else "")
        for d in found
    ]
    print_result({"disclosures": found}, lines or ["No disclosure to show."], as_json=as_json)


def release_disclosure(
    home: HomeOption,
    batch: Annotated[str, typer.Option("--batch", help="The batch_id.")],
    row: Annotated[int, typer.Option("--row", min=1, help="The row of its file, from 1.")],
    shown_from: Annotated[str, typer.Option("--from", help="The day from which the subject may see it.")],
    counsel: Annotated[str, typer.Option("--counsel", help="Who decides it.")],
    as_json: JsonOption = False,
) -> None:
    """Let the subject of a disclosure see it from a day on, as counsel decides; the ledger has an entry of it.

    Example: comity accounting release --home home --batch B-2026-001 --row 5 --from 2027-01-15 --counsel "Office of Counsel"
    """
    try:
        day = date.fromisoformat(shown_from)
    except ValueError as error:
        raise ComityError("bad_argument", "The day is not in ISO 8601 form.", "Write it as 2027-01-15.") from error
    opened = Home.open(home)
    with bootstrap.open_store(opened) as store:
        entry = release_to_subject(store, batch_id=batch, row=row, shown_from=day, counsel=counsel, at=clock.now())
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(opened), at=clock.now())
    print_result(
        {"entry": entry},
        [f"Entry {entry} of the ledger says so; the subject may see it from {day} on."],
        as_json=as_json,
    )


def _create_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ComityError(
            "output_exists", "The output folder could not be made.", "Name another with --out."
        ) from error


def _write_reports(out: Path, figures: AnnualReport) -> None:
    public = make_public_report(figures)
    for name, facts in (("report", figures.to_dict() | {"requests": list(figures.requests)}), ("public", public)):
        (out / f"{name}.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        (out / f"{name}.html").write_text(
            render_accounting_page(figures, public_only=name == "public"), encoding="utf-8"
        )
    lines = figures.to_dict()["lines"]
    _write_csv(out / "report.csv", list(lines[0]) if lines else ["agency"], lines)
    shown = [{**line, "purposes": "; ".join(line["purposes"])} for line in public["agencies"]]
    _write_csv(out / "public.csv", ["agency", "requests", "disclosures", "taxpayers", "purposes"], shown)


def _write_csv(path: Path, fields: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _escape_formula(row.get(name)) for name in fields} for row in rows)


def _escape_formula(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: what a requester wrote may begin with one."""
    if value is None:
        return "not shown"
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def _format_count(value: int | None) -> str:
    return "not shown" if value is None else f"{value:,}"
