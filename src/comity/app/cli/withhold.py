"""`comity withhold`: withhold records that the Secretary determined not to disclose (26 USC 6103(i)(6))."""

from typing import Annotated

import typer

from comity.app.cli.arguments import HomeOption, RecordIdsOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import withheld_records


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("withhold")(withhold_records)


def withhold_records(
    home: HomeOption,
    records: RecordIdsOption,
    lift: Annotated[bool, typer.Option("--lift", help="The determination was lifted: answer again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Answer no about these records, as the Secretary determined under 6103(i)(6).

    Example: comity withhold --home home --records withheld.txt
    """
    change_list = withheld_records.lift_withholding if lift else withheld_records.withhold_records
    count = change_list(home, records)
    print_result({"withheld": count}, [f"{count:,} records are withheld."], as_json=as_json)
