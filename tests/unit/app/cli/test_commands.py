"""The command line imports what the named command needs, and no more; its help is the commands' own."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from comity.app.cli import main
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import COMMANDS, CommandEntry

CLI = Path(__file__).parents[4] / "src" / "comity" / "app" / "cli"
HEAVY = {"numba", "scipy", "duckdb", "pyarrow", "sqlalchemy", "numpy", "rich", "jinja2", "cryptography", "fastapi"}
LEAFS = [entry for entry in COMMANDS.values() if not entry.is_group]


def loaded_by(*arguments: str) -> set[str]:
    """Run a command in a process of its own; return the top-level modules that it left loaded."""
    code = (
        "import sys\n"
        "from comity.app.cli import main\n"
        f"try:\n    main({list(arguments)!r})\n"
        "except SystemExit:\n    print(*{name.split('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), (), ("locate",)])
def test_build_app__help_and_usage_errors_import_no_command(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments) & HEAVY == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "not_needed"),
    [
        ("signers", {"numba", "scipy", "duckdb"}),
        ("withhold", {"numba", "scipy", "duckdb"}),
        ("persons", {"numba", "scipy", "duckdb"}),
        ("filings", {"numba", "scipy", "duckdb"}),
        ("witness", {"numba", "scipy", "duckdb"}),
        ("canaries", {"numba", "scipy", "duckdb"}),
        ("law", {"numba", "scipy", "duckdb"}),
        ("ledger", {"numba", "scipy", "duckdb"}),
        ("orders", {"numba", "scipy", "duckdb"}),
        ("store", {"numba", "scipy", "duckdb"}),
        ("doctor", {"numba", "scipy", "duckdb"}),
        ("index", {"sqlalchemy", "jinja2"}),
        ("serve", {"numba", "scipy", "duckdb", "fastapi", "uvicorn", "pyarrow"}),
        ("work", {"numba", "scipy", "duckdb", "fastapi", "uvicorn", "pyarrow"}),
        ("client", {"numba", "scipy", "duckdb", "fastapi", "uvicorn", "pydantic_settings"}),
    ],
)
def test_build_app__a_command_imports_only_what_it_needs(command: str, not_needed: set[str]) -> None:
    assert loaded_by(command, "--help") & not_needed == set()


def test_main__help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert {name for name in COMMANDS if f"\n  {name} " in shown} == set(COMMANDS)


def test_main__an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["locate"])
    assert ended.value.code == 2
    assert "No such command 'locate'" in capsys.readouterr().err


def test_main__a_command_behind_a_double_dash_is_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--", "withhold", "list"])
    assert ended.value.code == 2
    assert "Missing option '--home'" in capsys.readouterr().err


@pytest.mark.parametrize("entry", LEAFS, ids=lambda entry: entry.name)
def test_command_table__the_text_of_a_command_is_its_docstring(entry: CommandEntry) -> None:
    app = typer.Typer()
    import_module(f"comity.app.cli.{entry.name}").add_commands(app)
    (command,) = app.registered_commands
    assert command.name == entry.name
    assert command.callback is not None
    assert " ".join(str(inspect.getdoc(command.callback)).split("\n\n")[0].split()) == entry.help_text


@pytest.mark.parametrize("entry", [e for e in COMMANDS.values() if e.is_group], ids=lambda entry: entry.name)
def test_command_table__a_group_shows_the_text_of_the_table(entry: CommandEntry) -> None:
    app = make_command_group("")
    import_module(f"comity.app.cli.{entry.name}").add_commands(app)
    (group,) = app.registered_groups
    assert group.typer_instance is not None
    assert (group.name, group.typer_instance.info.help) == (entry.name, entry.help_text)


def test_command_table__every_command_has_a_module_and_no_module_imports_another_commands() -> None:
    for name in COMMANDS:
        tree = ast.parse((CLI / f"{name}.py").read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {f"comity.app.cli.{other}" for other in COMMANDS} & imported, name
