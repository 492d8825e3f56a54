"""Describe once the arguments that several commands take."""

import os
from pathlib import Path
from typing import Annotated

import typer

from comity.errors import ComityError


def verify_exists(path: Path) -> Path:
    """Return a path that is there. Raises ComityError `bad_argument`."""
    if not os.path.lexists(path):
        message = f"There is no file or folder {path}, so nothing was read."
        hint = "Name one that is there. Names are looked for in the folder that you are in, and capitals count."
        raise ComityError("bad_argument", message, hint)
    return path


BatchArgument = Annotated[Path, typer.Argument(metavar="BATCH", help="The batch folder.", callback=verify_exists)]
HomeOption = Annotated[Path, typer.Option("--home", help="The custodian's home folder.")]
NewHomeOption = Annotated[Path, typer.Option("--home", help="The custodian's home folder; created if it is missing.")]
IndexOption = Annotated[Path, typer.Option("--index", help="An index made by: comity index build")]
RecordIdsOption = Annotated[Path, typer.Option("--records", help="A file of their record_ids, one a line.")]
PersonKeyOption = Annotated[Path, typer.Option("--key", help="Your private key; make one: comity request keygen")]
OptionalKeyOption = Annotated[Path | None, typer.Option("--key", help="Your private key, to enter it.")]
FilingOption = Annotated[int | None, typer.Option("--filing", min=0, help="The number that two persons filed.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the second person and for the record.")]
OutOption = Annotated[Path, typer.Option("--out", help="Where to write.")]
AsOfOption = Annotated[str, typer.Option("--as-of", help="Judge by the law of this time (ISO 8601); a rehearsal.")]
ModelOption = Annotated[
    Path | None, typer.Option("--model", help="A model made by: comity train. Without it, the one that ships.")
]
KnownAsOfOption = Annotated[
    str, typer.Option("--known-as-of", help="With --as-of: only what was on file at this time; default: now.")
]
