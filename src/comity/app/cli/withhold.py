"""`comity withhold`: accounts about which the Secretary determined that nothing is disclosed (26 USC 6103(i)(6))."""

from typing import Annotated

import typer

from comity.app.cli.arguments import HomeFolder, Records, read_record_ids
from comity.app.cli.output import Json, show
from comity.app.home import Home


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("withhold")(withhold)


def withhold(
    home: HomeFolder,
    records: Records,
    lift: Annotated[bool, typer.Option("--lift", help="The determination no longer stands: answer again.")] = False,
    as_json: Json = False,
) -> None:
    """Answer no about these records, as the Secretary determined under 6103(i)(6).

    Example: comity withhold --home home --records withheld.txt
    """
    named = read_record_ids(records)
    opened = Home.open(home)
    (opened.lift if lift else opened.withhold)(named)
    count = len(opened.withheld)
    show({"withheld": count}, [f"{count:,} records are withheld."], as_json=as_json)
