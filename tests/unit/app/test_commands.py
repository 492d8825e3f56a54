"""The command line brings in what the command at hand needs, and no more."""

import subprocess
import sys

import pytest

from comity.app.cli import main
from comity.app.cli.commands import COMMAND_NAMES


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert {name for name in COMMAND_NAMES if f"\n  {name} " in shown} == set(COMMAND_NAMES)


def test_an_unknown_command_is_a_fault_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["locate"])
    assert ended.value.code == 2
    assert "No such command 'locate'" in capsys.readouterr().err


def test_a_command_that_matches_nothing_does_not_wait_for_the_compiler() -> None:
    code = (
        "import sys\n"
        "from comity.app.cli import main\n"
        "try:\n    main(['signers', '--help'])\n"
        "except SystemExit:\n    print(sorted({'numba', 'scipy', 'duckdb'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]", shown
