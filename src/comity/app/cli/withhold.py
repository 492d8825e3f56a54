"""`comity withhold`: accounts about which the Secretary determined that nothing is disclosed (26 USC 6103(i)(6))."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import HomeFolder
from comity.app.cli.output import Json, show
from comity.app.home import Home
from comity.errors import ComityError


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("withhold")(withhold)


def withhold(
    home: HomeFolder,
    records: Annotated[Path, typer.Option("--records", help="A file of their record_ids, one a line.")],
    lift: Annotated[bool, typer.Option("--lift", help="The determination no longer stands: answer again.")] = False,
    as_json: Json = False,
) -> None:
    """Answer no about these records, as the Secretary determined under 6103(i)(6).

    Example: comity withhold --home home --records withheld.txt
    """
    try:
        named = records.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError("bad_argument", "The file of record_ids could not be read.", "Check --records.") from error
    opened = Home.open(home)
    (opened.lift if lift else opened.withhold)(named)
    count = len(opened.withheld)
    show({"withheld": count}, [f"{count:,} records are withheld."], as_json=as_json)
