"""Print what a command says: a result on stdout (text or JSON), notices on stderr, errors in words.

Guarantees: stdout holds the result alone; an error is a message and a hint, never a traceback, never a value.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.errors import ComityError

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]


def print_result(result: Mapping[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    """Print a command's result: the mapping as JSON, or the lines for a person."""
    typer.echo(json.dumps(result, indent=2, ensure_ascii=False, default=str) if as_json else "\n".join(lines))


def print_notice(text: str) -> None:
    """Print a remark for the person at the terminal, on stderr."""
    typer.echo(text, err=True)


@contextmanager
def announcing_new_home(home: Path) -> Iterator[None]:
    """Say where a home was made while the block ran, however it ends: a slip in --home makes one, too."""
    is_new = not home.exists()
    try:
        yield
    finally:
        if is_new and home.exists():
            print_notice(f"A new home was made in {home.absolute()}.")


def print_error(error: ComityError, *, as_json: bool) -> None:
    """Print an error: JSON on stdout for programs, words on stderr for people."""
    if as_json:
        fault = {"code": error.code, "message": error.message, "hint": error.hint}
        typer.echo(json.dumps({"error": fault}, ensure_ascii=False))
    else:
        print_notice(f"comity: {error.message}" + (f"\n        {error.hint}" if error.hint else ""))
