"""Arguments that several commands take, described once."""

from pathlib import Path
from typing import Annotated

import typer

Batch = Annotated[Path, typer.Argument(metavar="BATCH", help="The batch folder.")]
HomeFolder = Annotated[Path, typer.Option("--home", help="The custodian's home folder; made at first use.")]
IndexFolder = Annotated[Path, typer.Option("--index", help="An index made by: comity index build")]
Out = Annotated[Path, typer.Option("--out", help="Where to write.")]
AsOf = Annotated[str, typer.Option("--as-of", help="Judge by the law of this time (ISO 8601); a rehearsal.")]
Model = Annotated[
    Path | None, typer.Option("--model", help="A model made by: comity train. Without it, the one that is shipped.")
]
KnownAsOf = Annotated[
    str, typer.Option("--known-as-of", help="With --as-of: as far as it was on file at this time; default: now.")
]
