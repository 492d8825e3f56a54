"""`comity flags`: read the rows that a batch's own words flag, and settle them."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli.arguments import AsOfOption, BatchArgument, HomeOption, PersonKeyOption, ReasonOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import flagged_requests

RowsOption = Annotated[
    str, typer.Option("--rows", help="Row numbers, such as 3,17,20-25; without it, every flagged row.")
]

_MAX_ROWS_LISTED = 20


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("flags"))
    group.command("list")(list_flags)
    group.command("clear")(clear_rows)
    group.command("refuse")(refuse_rows)
    app.add_typer(group, name="flags")


def list_flags(
    batch: BatchArgument,
    home: HomeOption,
    out: Annotated[Path | None, typer.Option("--out", help="A CSV file for the rows' own words, to read them.")] = None,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the rows of a batch that hold it for their words, until an officer of the custodian has read them.

    Example: comity flags list sim/batch --home home --out flagged.csv
    """
    flagged = flagged_requests.list_flagged_requests(batch, home_path=home, at=clock.parse_time_or_now(as_of))
    if out is not None:
        flagged_requests.write_flagged_requests(flagged, out)
    lines = [
        f"{len(rows):,} row(s) by {rule}: {', '.join(map(str, rows[:_MAX_ROWS_LISTED]))}"
        + (", ..." if len(rows) > _MAX_ROWS_LISTED else "")
        for rule, rows in flagged.rows_by_rule.items()
    ]
    result = {rule: list(rows) for rule, rows in flagged.rows_by_rule.items()}
    print_result({"flagged": result}, lines or ["No row is flagged."], as_json=as_json)


def clear_rows(
    batch: BatchArgument,
    home: HomeOption,
    key: PersonKeyOption,
    reason: ReasonOption,
    rows: RowsOption = "",
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Enter that flagged rows ask for a lawful purpose; a second person confirms. Then verify the batch again.

    Example: comity flags clear sim/batch --home home --key jo.key --rows 3,17 --reason "The words name an exhibit"
    """
    _settle(batch, home, key, reason, rows, as_of, clears=True, as_json=as_json)


def refuse_rows(
    batch: BatchArgument,
    home: HomeOption,
    key: PersonKeyOption,
    reason: ReasonOption,
    rows: RowsOption = "",
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Refuse flagged rows, at once. Then verify the batch again.

    Example: comity flags refuse sim/batch --home home --key jo.key --rows 5 --reason "It asks to find the subject"
    """
    _settle(batch, home, key, reason, rows, as_of, clears=False, as_json=as_json)


def _settle(
    batch: Path, home: Path, key: Path, reason: str, rows: str, as_of: str, *, clears: bool, as_json: bool
) -> None:
    numbers = flagged_requests.parse_row_numbers(rows) if rows else None
    at = clock.parse_time_or_now(as_of)
    step = flagged_requests.settle_rows(
        batch, numbers, home_path=home, key_file=key, reason=reason, clears=clears, at=at
    )
    print_step(step, as_json=as_json)
