"""Arguments that several commands take, described once."""

from pathlib import Path
from typing import Annotated

import typer

from comity.errors import ComityError

BatchArgument = Annotated[Path, typer.Argument(metavar="BATCH", help="The batch folder.")]
HomeOption = Annotated[Path, typer.Option("--home", help="The custodian's home folder; made at first use.")]
IndexOption = Annotated[Path, typer.Option("--index", help="An index made by: comity index build")]
RecordIdsOption = Annotated[Path, typer.Option("--records", help="A file of their record_ids, one a line.")]
OutOption = Annotated[Path, typer.Option("--out", help="Where to write.")]
AsOfOption = Annotated[str, typer.Option("--as-of", help="Judge by the law of this time (ISO 8601); a rehearsal.")]
ModelOption = Annotated[
    Path | None, typer.Option("--model", help="A model made by: comity train. Without it, the one that is shipped.")
]
KnownAsOfOption = Annotated[
    str, typer.Option("--known-as-of", help="With --as-of: as far as it was on file at this time; default: now.")
]


def read_record_ids(records: Path) -> list[str]:
    """The record_ids in the file that --records names.

    Raises:
        ComityError: `bad_argument`, it cannot be read.
    """
    try:
        return records.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError("bad_argument", "The file of record_ids could not be read.", "Check --records.") from error
