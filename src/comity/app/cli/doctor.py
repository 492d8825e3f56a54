"""`comity doctor`: say whether this machine can do the job."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases.machine_checks import check_machine
from comity.errors import EXIT_DONE, EXIT_FAULT


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(show_checks)


def show_checks(
    home: Annotated[Path | None, typer.Option("--home", help="A home to check too.")] = None,
    backup: Annotated[
        Path | None, typer.Option("--backup", help="With --home: its newest copy, to see its age.")
    ] = None,
    index: Annotated[Path | None, typer.Option("--index", help="An index to check too, and the disk below it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check Python, the database library, the law on file, memory and disk. Ends with 1 when a check fails.

    Compiled kernels that others could change are a failure too. With --home or --index it checks that only their
    owner can enter them, and that the index is on an encrypted disk; of a home also its file system, free disk,
    database, clock, second anchor, the law to be looked at, and the age of a backup.

    Example: comity doctor --home home --index idx
    """
    checks = check_machine(home, index, backup)
    lines = [f"{'ok  ' if check.is_ok else 'BAD '} {check.name}: {check.detail}" for check in checks]
    print_result({c.name: {"ok": c.is_ok, "detail": c.detail} for c in checks}, lines, as_json=as_json)
    raise typer.Exit(EXIT_DONE if all(check.is_ok for check in checks) else EXIT_FAULT)
