"""A mistyped home: every command that takes one, read from the commands themselves, makes none and says so."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from comity.app.cli import main
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import COMMANDS
from comity.signing import create_signing_key

BEGINNERS = {("verify",), ("persons", "enroll"), ("store", "migrate")}
"""The commands that README and the guides begin a home with."""


READ_SETTINGS = {("serve",), ("work",), ("ask",)}
"""Commands that say first which of their settings are missing."""


def find_commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command below `command` that takes a home, with its words."""
    for name, child in getattr(command, "commands", {}).items():
        yield from find_commands(child, (*path, name))
    if any("--home" in parameter.opts for parameter in command.params):
        yield path, command


def find_all_commands() -> dict[tuple[str, ...], Any]:
    """Return every command that takes a home, by its words."""
    app = make_command_group("")
    for name in COMMANDS:
        import_module(f"comity.app.cli.{name}").add_commands(app)
    return dict(find_commands(typer.main.get_command(app), ()))


COMMANDS_WITH_HOME = find_all_commands()


def make_arguments(path: tuple[str, ...], folder: Path) -> list[str]:
    """Return a command's words with a mistyped home, a person's key, and something for whatever else it must have."""
    key, other = folder / "jo.key", folder / "other"
    create_signing_key(key)
    arguments = [*path, "--home", str(folder / "hmoe")]
    for parameter in COMMANDS_WITH_HOME[path].params:
        if not parameter.required or "--home" in parameter.opts:
            continue
        is_key = parameter.opts[0] == "--key"
        is_number = "int" in repr(parameter.type_descriptor.annotation)
        value = str(key) if is_key else "1" if is_number else str(other)
        arguments += [parameter.opts[0], value] if parameter.opts[0].startswith("-") else [value]
    return arguments


def takes_nothing_else(path: tuple[str, ...]) -> bool:
    """Return whether a command needs no more than a home, so that it says at once that there is none."""
    parameters = COMMANDS_WITH_HOME[path].params
    needed = [parameter for parameter in parameters if parameter.required and "--home" not in parameter.opts]
    return not needed and path not in READ_SETTINGS and not any("--key" in parameter.opts for parameter in parameters)


def test_the_commands_that_only_read_are_among_those_that_need_a_home_alone() -> None:
    alone = {path for path in COMMANDS_WITH_HOME if takes_nothing_else(path)}
    assert {("doctor",), ("ledger", "fsck"), ("orders", "status"), ("recall", "overdue"), ("filings", "list")} <= alone


@pytest.mark.parametrize("path", sorted(set(COMMANDS_WITH_HOME) - BEGINNERS), ids=" ".join)
def test_a_command_makes_no_home_where_the_name_is_wrong(
    path: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = make_arguments(path, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
    assert ended.value.code
    if takes_nothing_else(path):  # others may find a fault of another argument first
        assert ended.value.code == 2, said
        assert f"There is no home at {tmp_path / 'hmoe'}" in said


def test_doctor_reads_no_backup_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["store", "migrate", "--home", str(tmp_path / "home")])
    assert not ended.value.code
    before = sorted(tmp_path.rglob("*"))
    for arguments in (["--home", str(tmp_path / "home"), "--backup", str(tmp_path / "bakcup")], ["--backup", "home"]):
        with pytest.raises(SystemExit) as ended:
            main(["doctor", *arguments])
        assert ended.value.code == 2
    assert "There is no home at" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
