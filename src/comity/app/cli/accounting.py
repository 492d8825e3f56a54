"""`comity accounting`: the record of every request, the yearly report and its public form, and what a subject may see."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from comity import law
from comity.accounting import Figures, count, public_form, record_rows, release_to_subject, subject_view
from comity.accounting.recording import FIELDS
from comity.app import bootstrap, clock
from comity.app.accounting_page import page
from comity.app.cli import group
from comity.app.cli.arguments import AsOf, HomeFolder, Out, read_record_ids
from comity.app.cli.output import Json, show
from comity.app.home import Home
from comity.errors import ComityError
from comity.ledger import log


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("Accounting of disclosures: the record, the yearly report, the subject's view.")
    commands.command("report")(report)
    commands.command("subject")(subject)
    commands.command("release")(release)
    app.add_typer(commands, name="accounting")


def report(
    home: HomeFolder,
    out: Out,
    year: Annotated[
        int | None, typer.Option("--year", min=1976, max=9998, help="A calendar year (UTC); default: this one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify the ledger, then write a year's record of requests, the report to the Joint Committee, and its public form.

    report.json, .csv, .html and record.csv are for the custodian, the Joint Committee and the inspector; public.json, .csv
    and .html may be published. Ends with 5 when the ledger is not sound.

    Example: comity accounting report --home home --out accounting
    """
    opened, wanted = Home.open(home), year or clock.now().year
    signer = bootstrap.ledger_signer(opened)
    _make_folder(out)
    with bootstrap.open_store(opened) as store:
        log.sign_checkpoint(store, signer, at=clock.now())
        figures = count(store, law.load(folder=opened.law), signer.verifiers, signer.name, wanted)
        with store.read() as tx:
            _write_csv(out / "record.csv", FIELDS, record_rows(tx, wanted))
    _write(out, figures)
    public = public_form(figures)
    lines = [
        f"{line['agency']}: (I) requests {_shown(line['requests'])}, (II) disclosures {_shown(line['disclosures'])}, "
        f"(III) taxpayers {_shown(line['taxpayers'])}"
        for line in public["agencies"]
    ]
    show(figures.as_facts() | {"public": public}, [*lines, f"Open {out / 'report.html'}"], as_json=as_json)


def subject(
    home: HomeFolder,
    records: Annotated[Path, typer.Option("--records", help="A file of the person's record_ids, one a line.")],
    for_subject: Annotated[
        bool, typer.Option("--for-subject", help="Leave out what the person may not see yet.")
    ] = False,
    as_of: AsOf = "",
    as_json: Json = False,
) -> None:
    """List the disclosures of one person's records (5 USC 552a(c)), whole or as the person may see them.

    Example: comity accounting subject --home home --records person.txt --for-subject
    """
    today = (clock.parse_time(as_of) if as_of else clock.now()).date()
    wanted = read_record_ids(records)
    opened = Home.open(home)
    with bootstrap.open_store(opened) as store, store.read() as tx:
        found = subject_view(tx, law.load(folder=opened.law), wanted, today=today, for_subject=for_subject)
    lines = [
        f"{d['disclosed_on']}  to {d['recipient']}, under {d['agreement']} ({d['purpose']}); limit: {d['limit']}"
        + (f"; shown to the subject from {d['shown_to_subject_from']}" if d["shown_to_subject_from"] else "")
        for d in found
    ]
    show({"disclosures": found}, lines or ["No disclosure to show."], as_json=as_json)


def release(
    home: HomeFolder,
    batch: Annotated[str, typer.Option("--batch", help="The batch_id.")],
    row: Annotated[int, typer.Option("--row", min=1, help="The row of its file, from 1.")],
    shown_from: Annotated[str, typer.Option("--from", help="The day from which the subject may see it.")],
    counsel: Annotated[str, typer.Option("--counsel", help="Who decides it.")],
    as_json: Json = False,
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
        log.sign_checkpoint(store, bootstrap.ledger_signer(opened), at=clock.now())
    show(
        {"entry": entry},
        [f"Entry {entry} of the ledger says so; the subject may see it from {day} on."],
        as_json=as_json,
    )


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ComityError(
            "output_exists", "The output folder could not be made.", "Name another with --out."
        ) from error


def _write(out: Path, figures: Figures) -> None:
    public = public_form(figures)
    for name, facts in (("report", figures.as_facts() | {"requests": list(figures.requests)}), ("public", public)):
        (out / f"{name}.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        (out / f"{name}.html").write_text(page(figures, public_only=name == "public"), encoding="utf-8")
    lines = figures.as_facts()["lines"]
    _write_csv(out / "report.csv", list(lines[0]) if lines else ["agency"], lines)
    shown = [{**line, "purposes": "; ".join(line["purposes"])} for line in public["agencies"]]
    _write_csv(out / "public.csv", ["agency", "requests", "disclosures", "taxpayers", "purposes"], shown)


def _write_csv(path: Path, fields: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _plain(row.get(name)) for name in fields} for row in rows)


def _plain(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: what a requester wrote may begin with one."""
    if value is None:
        return "not shown"
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def _shown(value: int | None) -> str:
    return "not shown" if value is None else f"{value:,}"
