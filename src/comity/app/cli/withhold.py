"""`comity withhold`: accounts about which the Secretary determined that nothing is disclosed (26 USC 6103(i)(6))."""

from typing import Annotated

import typer

from comity.app.cli.arguments import HomeOption, RecordIdsOption, read_record_ids
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import Home


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("withhold")(withhold_records)


def withhold_records(
    home: HomeOption,
    records: RecordIdsOption,
    lift: Annotated[bool, typer.Option("--lift", help="The determination no longer stands: answer again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Answer no about these records, as the Secretary determined under 6103(i)(6).

    Example: comity withhold --home home --records withheld.txt
    """
    named = read_record_ids(records)
    opened = Home.open(home)
    (opened.remove_withheld if lift else opened.add_withheld)(named)
    count = len(opened.withheld)
    print_result({"withheld": count}, [f"{count:,} records are withheld."], as_json=as_json)
