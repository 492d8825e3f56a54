"""What a command prints: a result on stdout (text or JSON), progress on stderr when it is a terminal, errors in words.

Guarantees: stdout carries the result alone; an error is a message and a hint, never a traceback, never a value.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from comity.errors import ComityError
from comity.model.progress import ProgressCallback, no_progress

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]


def print_result(result: Mapping[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    """Print a command's result: the mapping as JSON, or the lines for a person."""
    typer.echo(json.dumps(result, indent=2, ensure_ascii=False, default=str) if as_json else "\n".join(lines))


def print_notice(text: str) -> None:
    """A remark for the person at the terminal, on stderr."""
    typer.echo(text, err=True)


def print_error(error: ComityError, *, as_json: bool) -> None:
    """Print an error: JSON on stdout for programs, words on stderr for people."""
    if as_json:
        fault = {"code": error.code, "message": error.message, "hint": error.hint}
        typer.echo(json.dumps({"error": fault}, ensure_ascii=False))
    else:
        print_notice(f"comity: {error.message}" + (f"\n        {error.hint}" if error.hint else ""))


@contextmanager
def progress_bars() -> Iterator[ProgressCallback]:
    """A progress bar per stage on stderr, or nothing when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=done)

        yield report
