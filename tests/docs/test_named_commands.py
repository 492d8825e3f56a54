"""Every command that an error, a hint, a help text or a page of the docs names is one that a user can run."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from comity.app.cli import commands
from comity.app.cli.command_table import COMMANDS

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"(?<![\w./-])comity((?: [a-z][a-z-]*)+)")
OPTIONS = re.compile(r"--[a-z][a-z0-9-]+")
NO_COMMAND = {"user"}  # the database's user is called comity too


@cache
def _command(name: str) -> Any:
    app = commands.build_app([name, "--help"])
    group = typer.main.get_command(app)
    return vars(group)["commands"][name]


def find_faults(line: str) -> list[str]:
    """The words and options of a line, after `comity `, that no command has."""
    words = re.findall(r"[a-z][a-z-]*", (NAMED.match(f"comity {line}") or ["", ""])[1])
    if words[0] not in COMMANDS:
        return [] if words[0] in NO_COMMAND else words[:1]
    found = _command(words[0])
    for word in words[1:]:
        if not hasattr(found, "commands"):
            break
        if word not in found.commands:
            return [word]
        found = found.commands[word]
    known = {option for parameter in found.params for option in parameter.opts} | {"--help"}
    own = re.split(r"[;`|\n)]|\. |comity |, ", line)[0]
    return [option for option in OPTIONS.findall(own) if not hasattr(found, "commands") and option not in known]


def _texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "src" / "comity").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value
    pages = [path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "results"]
    for path in sorted([*pages, ROOT / "README.md", *(ROOT / "src").rglob("*.j2")]):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_every_command_that_a_text_names_exists_with_its_options() -> None:
    lines = [
        (where, match.end(1), match.start(1) + 1, text) for where, text in _texts() for match in NAMED.finditer(text)
    ]
    assert len(lines) > 150
    faults = [
        (where, text[start:end], found) for where, end, start, text in lines if (found := find_faults(text[start:]))
    ]
    assert faults == []


@pytest.mark.parametrize(
    "line",
    ["law unseal FOLDER", "documents trust forget", "seal", "documents apply none --force", "ledger fsck --trust x"],
)
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert find_faults(line)
