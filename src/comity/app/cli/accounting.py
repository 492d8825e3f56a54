"""`comity accounting`: the record of every request, the yearly report and its public form, the subject's view."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli.arguments import AsOfOption, HomeOption, OutOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import disclosure_reports
from comity.errors import ComityError


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("accounting"))
    group.command("report")(write_report)
    group.command("subject")(show_subject_view)
    group.command("release")(release_disclosure)
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

    report.json, .csv, .html and record.csv are for the custodian, the Joint Committee and the inspector; public.json,
    .csv and .html may be published. Ends with 5 when the ledger is not sound.

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


def _format_count(value: int | None) -> str:
    return "not shown" if value is None else f"{value:,}"
