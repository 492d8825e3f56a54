"""`comity index`: build the custodian's index, and say what is in one."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from comity import match
from comity.app.cli import group
from comity.app.cli.arguments import Out
from comity.app.cli.output import Json, progress, show


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("Build an index of the custodian's records, or look at one.")
    commands.command("build")(build)
    commands.command("info")(info)
    app.add_typer(commands, name="index")


def build(
    records: Annotated[
        list[Path], typer.Argument(metavar="RECORDS...", help="Parquet or CSV files, or folders of them.")
    ],
    out: Out,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the index at --out.")] = False,
    as_json: Json = False,
) -> None:
    """Normalize records and persist the blocking keys, every one of which holds a part of the address.

    Example: comity index build sim/records --out idx
    """
    with progress() as report:
        made = match.build_index(records, out, progress=report, replace=replace)
    _show(made, as_json=as_json)


def info(index: Annotated[Path, typer.Argument(metavar="INDEX")], as_json: Json = False) -> None:
    """Say what an index holds: rows, years, fingerprint. Counts only.

    Example: comity index info idx
    """
    _show(match.Index.describe(index), as_json=as_json)


def _show(about: match.IndexInfo, *, as_json: bool) -> None:
    facts = asdict(about)
    show(facts, [f"{name.replace('_', ' '):<16} {value}" for name, value in facts.items()], as_json=as_json)
