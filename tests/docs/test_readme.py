"""What the README says is run or compared: its commands in order, its help text, its map of packages."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from comity.app.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMITY = [sys.executable, "-c", "from comity.app.cli import main; main()"]


def block(name: str) -> str:
    """What stands between the markers of that name."""
    found = re.search(rf"<!-- {name}:.*?-->\n(.*?)<!-- end -->", README, re.DOTALL)
    assert found is not None, f"the README lost its {name} block"
    return found.group(1)


def comity(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, in a terminal 100 columns wide."""
    environment = os.environ | {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    return subprocess.run([*COMITY, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_commands_run_as_written_and_in_order(tmp_path: Path) -> None:
    commands = [shlex.split(line) for line in block("commands").splitlines() if line.strip()]
    assert len(commands) > 5
    for command in commands:
        assert command[0] == "comity"
        ended = comity(*command[1:], cwd=tmp_path)
        expected = {0, 3} if command[1:3] == ["request", "lint"] else {0}
        assert ended.returncode in expected, f"{command}: {ended.stderr}"
    assert (tmp_path / "answers" / "answers.csv").exists()
    assert (tmp_path / "evaluation" / "report.html").exists()


def test_the_help_text_is_the_commands_own() -> None:
    assert block("help").strip("\n") == help_block()


def help_block() -> str:
    """`comity --help`, as the README shows it."""
    return "```\n$ comity --help\n" + comity("--help").stdout.strip("\n") + "\n```"


def test_every_package_is_on_the_map() -> None:
    packages = {path.name for path in (ROOT / "src" / "comity").iterdir() if (path / "__init__.py").exists()}
    modules = {path.stem for path in (ROOT / "src" / "comity").glob("[a-z]*.py")}
    shown = set(re.findall(r"`comity\.(\w+)`", README))
    assert packages | modules <= shown


COMMANDS = [
    "demo", "simulate", "index build", "index info", "request lint", "request sign", "request keygen", "signers add",
    "signers list", "verify", "law seal", "law check", "law add", "accounting report", "accounting subject", "accounting release", "recall choose",
    "recall list", "recall overdue", "recall acknowledge", "recall certify", "canaries add", "canaries alarms", "withhold",
    "orders list", "orders status", "orders counsel", "orders add", "orders confirm", "orders withdraw", "orders serve",
    "orders timeline", "orders statement", "orders check",
    "ledger checkpoint", "ledger prove", "ledger verify",
    "ledger fsck", "ledger purge", "ledger rotate", "ledger second-key", "ledger timestamp", "store migrate",
    "witness serve", "witness require", "train", "evaluate", "explain", "doctor",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_and_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    shown = capsys.readouterr().out
    assert f"Example: comity {command}" in " ".join(shown.split())
    assert "--json" in shown


def test_no_command_is_left_out_of_that_list() -> None:
    top = set(re.findall(r"^  (\w+) ", comity("--help").stdout.split("Commands:")[1], re.MULTILINE))
    assert top == {command.split()[0] for command in COMMANDS}


if __name__ == "__main__":
    print(help_block())  # noqa: T201  to write the block anew
