"""Every error code has an exit code, a status and a meaning, and the command line obeys the table."""

import ast
from pathlib import Path

import pytest
import typer

from comity.app.cli import main
from comity.errors import ERROR_CODES, EXIT_FAULT, EXIT_HELD, EXIT_INTEGRITY, EXIT_REFUSED, EXIT_USAGE, ComityError

SOURCE = Path(__file__).parents[2] / "src" / "comity"


@pytest.mark.parametrize("code", sorted(ERROR_CODES))
def test_a_code_ends_the_command_as_the_table_says(
    code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise ComityError(code, "What happened.", "What to do.")

    monkeypatch.setattr("comity.app.cli.commands.build_app", lambda _: app)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == ERROR_CODES[code].exit_code
    assert ended.value.code in {EXIT_FAULT, EXIT_USAGE, EXIT_REFUSED, EXIT_HELD, EXIT_INTEGRITY}
    assert capsys.readouterr().err == "comity: What happened.\n        What to do.\n"
    assert 400 <= ERROR_CODES[code].http_status < 600
    assert ERROR_CODES[code].meaning.endswith(".")


def test_every_code_is_used_and_every_code_used_is_in_the_table() -> None:
    used = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                is_super_call = isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
                if is_super_call or (isinstance(node.func, ast.Name) and node.func.id.endswith("Error")):
                    used.add(node.args[0].value)
    own = {code for code in used if isinstance(code, str) and code.isidentifier()}
    assert set(ERROR_CODES) <= own
    assert {code for code in own if "_" in code} <= set(ERROR_CODES)


def test_an_unforeseen_fault_shows_no_trace_and_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise ValueError("Maria Testcase, 12 Maple St")

    monkeypatch.setattr("comity.app.cli.commands.build_app", lambda _: app)
    monkeypatch.delenv("COMITY_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == EXIT_FAULT
    shown = capsys.readouterr()
    assert "Maria" not in shown.err + shown.out
    assert "Traceback" not in shown.err
