"""`comity accounting`: the record of every request, the yearly report and its public form, the subject's view."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli.arguments import AsOfOption, FilingOption, HomeOption, OptionalKeyOption, OutOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import disclosure_reports
from comity.app.use_cases.disclosure_reports import Charge
from comity.errors import ComityError


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("accounting"))
    group.command("report")(write_report)
    group.command("subject")(show_subject_view)
    group.command("release")(release_disclosure)
    group.command("notify")(notify_subjects)
    app.add_typer(group, name="accounting")


def write_report(
    home: HomeOption,
    out: OutOption,
    year: Annotated[
        int | None, typer.Option("--year", min=1976, max=9998, help="A calendar year (UTC); default: this one.")
    ] = None,
    suppress_below: Annotated[
        int,
        typer.Option(
            "--suppress-below",
            min=0,
            help="Leave smaller counts out of the public form; only if the Joint Committee decided so.",
        ),
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Verify the ledger, then write a year's record of requests, the report to the Joint Committee, the public form.

    report.json, .csv, .html, record.csv and reasons.csv (counts by month and reason) are for the custodian, the Joint
    Committee and the inspector; public.json, .csv and .html may be published. Ends with 5 when the ledger is not sound.

    Example: comity accounting report --home home --out accounting
    """
    report, public = disclosure_reports.write_annual_report(home, year, out, suppress_below=suppress_below)
    lines = [
        f"{line['agency']}: (I) requests {_format_count(line['requests'])}, "
        f"(II) disclosures {_format_count(line['disclosures'])}, (III) taxpayers {_format_count(line['taxpayers'])}"
        for line in public["agencies"]
    ]
    lines.append(public["suppression"])
    print_result(report.to_dict() | {"public": public}, [*lines, f"Open {out / 'report.html'}"], as_json=as_json)


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
    today = clock.parse_time_or_now(as_of).date()
    disclosures = disclosure_reports.list_subject_disclosures(home, records, today=today, for_subject=for_subject)
    lines = [
        f"{d['disclosed_on']}  to {d['recipient']}, {d['recipient_address'] or 'address not on file'}, "
        f"under {d['agreement']} ({d['purpose']}); limit: {d['limit']}"
        + (f"; shown to the subject from {d['shown_to_subject_from']}" if d["shown_to_subject_from"] else "")
        for d in disclosures
    ]
    print_result({"disclosures": disclosures}, lines or ["No disclosure to show."], as_json=as_json)


def release_disclosure(
    home: HomeOption,
    batch: Annotated[str, typer.Option("--batch", help="The batch_id.")],
    row: Annotated[int, typer.Option("--row", min=1, help="The row of its file, from 1.")],
    visible_from: Annotated[str, typer.Option("--from", help="The day from which the subject may see it.")],
    counsel: Annotated[str, typer.Option("--counsel", help="Who decides it.")],
    as_json: JsonOption = False,
) -> None:
    """Let the subject of a disclosure see it from a day on, as counsel decides; the ledger has an entry of it.

    Example: comity accounting release --home home --batch B-2026-001 --row 5 --from 2027-01-15 --counsel "Jo Doe"
    """
    try:
        day = date.fromisoformat(visible_from)
    except ValueError as error:
        raise ComityError("bad_argument", "The day is not in ISO 8601 form.", "Write it as 2027-01-15.") from error
    entry = disclosure_reports.release_disclosure(home, batch, row, visible_from=day, counsel=counsel)
    line = f"Entry {entry} of the ledger says so; the subject may see it from {day} on."
    print_result({"entry": entry}, [line], as_json=as_json)


def notify_subjects(
    home: HomeOption,
    key: OptionalKeyOption = None,
    batch: Annotated[str, typer.Option("--batch", help="The batch_id.")] = "",
    row: Annotated[
        list[int] | None, typer.Option("--row", min=1, help="A row, from 1; repeat for more. Default: all.")
    ] = None,
    charged_on: Annotated[str, typer.Option("--charged-on", help="The day of the indictment or information.")] = "",
    statute: Annotated[str, typer.Option("--statute", help="Charged under, such as 26 USC 7213(a)(1).")] = "",
    proposed_on: Annotated[str, typer.Option("--proposed-on", help="The day on which discipline was proposed.")] = "",
    rights: Annotated[str, typer.Option("--rights", help="The taxpayer's rights where discipline is proposed.")] = "",
    docket: Annotated[
        str, typer.Option("--docket", help="Court and docket, or who proposes; no name of a person.")
    ] = "",
    filing: FilingOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for the notices.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Notify the subjects of disclosures when somebody is charged, or discipline is proposed (26 USC 7431(e)).

    Enter it (--batch, --charged-on or --proposed-on, --docket, --key), let a second person confirm, then write the
    notices (--filing, --out): a signed folder for each disclosure, and a list by which you add names and addresses.

    Example: comity accounting notify --home home --filing 12 --out notices
    """
    if filing is not None:
        if out is None:
            raise ComityError("bad_argument", "The notices need a folder.", "Name it with --out.")
        folders = disclosure_reports.write_notification(home, filing, out)
        line = f"Wrote {len(folders):,} notices; names and addresses are added by {out / 'notices.csv'}."
        print_result({"notices": [str(folder) for folder in folders]}, [line], as_json=as_json)
        return
    if key is None or not batch or not docket or bool(charged_on) == bool(proposed_on):
        message = "A notification is entered with a batch, one day (charged or proposed), a docket, and a person's key."
        raise ComityError("bad_argument", message, "Give them, or --filing when two persons filed it.")
    ground, day = ("charged", charged_on) if charged_on else ("proposed", proposed_on)
    charge = Charge(ground, clock.parse_day(day), docket, statute, rights)
    print_step(disclosure_reports.request_notification(home, key, batch, row or [], charge), as_json=as_json)


def _format_count(value: int | None) -> str:
    return "not shown" if value is None else f"{value:,}"
