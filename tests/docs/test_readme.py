"""The README is true: its commands run in order, its help text is the program's, its packages and paths exist."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from comity.app.cli import main
from comity.app.cli.command_table import COMMANDS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "comity"
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMITY = [sys.executable, "-c", "from comity.app.cli import main; main()"]
SUBCOMMANDS = {
    "accounting": ("report", "subject", "release", "notify"),
    "canaries": ("add", "remove", "list", "alarms"),
    "client": ("submit", "follow", "fetch", "verify", "withdraw", "acknowledge"),
    "documents": (
        "inspect",
        "specimen",
        "trust import",
        "trust list",
        "table",
        "cip",
        "simulate",
        "assess",
        "apply",
        "seal",
    ),
    "filings": ("list", "show", "choose", "confirm", "withdraw", "sign", "stop", "lift-stop"),
    "index": ("map", "check", "build", "append", "withdraw", "info", "states", "changes", "compact", "rollback"),
    "law": ("seal", "check", "add", "suspend", "reinstate", "plan", "end-plan", "plans"),
    "ledger": (
        "checkpoint",
        "prove",
        "verify",
        "list",
        "export",
        "fsck",
        "purge",
        "rotate",
        "second-key",
        "timestamp",
    ),
    "orders": (
        "list",
        "status",
        "docket",
        "template",
        "add",
        "confirm",
        "withdraw",
        "review",
        "clear",
        "except",
        "serve",
        "timeline",
        "statement",
        "check",
    ),
    "persons": ("list", "request", "enroll", "revoke", "grant", "end-roles"),
    "recall": ("choose", "list", "overdue", "acknowledge", "certify"),
    "flags": ("list", "clear", "refuse"),
    "request": ("init", "build", "lint", "migrate", "sign", "keygen", "answers"),
    "signers": ("add", "revoke", "list", "thumbprint"),
    "store": ("migrate", "move", "anchor", "backup"),
    "withhold": ("add", "lift", "list"),
    "witness": ("serve", "require"),
}
ALL_COMMANDS = [
    *(name for name, entry in COMMANDS.items() if not entry.is_group),
    *(f"{group} {name}" for group, names in SUBCOMMANDS.items() for name in names),
]


def read_block(name: str) -> str:
    """Return what is between the README's markers of that name."""
    match = re.search(rf"<!-- {name}:.*?-->\n(.*?)<!-- end -->", README, re.DOTALL)
    assert match is not None, f"the README lost its {name} block"
    return match.group(1)


def read_section(title: str) -> str:
    """Return the text of a section, without its title."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def run_comity(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, in a terminal 100 columns wide."""
    environment = os.environ | {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    return subprocess.run([*COMITY, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def format_help_block() -> str:
    """Return `comity --help` as the README shows it."""
    return "```\n$ comity --help\n" + run_comity("--help").stdout.strip("\n") + "\n```"


def test_readme__its_commands_run_as_written_and_in_order(tmp_path: Path) -> None:
    commands = [shlex.split(line) for line in read_block("commands").splitlines() if line.strip()]
    assert len(commands) > 5
    for command in commands:
        assert command[0] == "comity"
        result = run_comity(*command[1:], cwd=tmp_path)
        expected = {0, 3} if command[1:3] == ["request", "lint"] else {0}
        if command[1] == "verify" and "--as-of" not in command:
            expected = {4}  # the orders of today hold it
        assert result.returncode in expected, f"{command}: {result.stderr}"
        assert "leaked" not in result.stderr, f"{command}: what the command prints last is a library's complaint"
    assert (tmp_path / "answers" / "answers.csv").exists()
    assert (tmp_path / "evaluation" / "report.html").exists()


def test_readme__says_first_where_the_command_is() -> None:
    assert ".venv/bin" in read_section("Step by step").strip().splitlines()[0]


def test_readme__its_help_text_is_the_program_s() -> None:
    assert read_block("help").strip("\n") == format_help_block()


def test_readme__every_package_is_on_the_map() -> None:
    packages = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    modules = {path.stem for path in SOURCE.glob("[a-z]*.py")}
    assert packages | modules <= set(re.findall(r"`comity\.(\w+)`", read_section("Where things are")))


def test_readme__every_place_to_change_exists() -> None:
    rows = [row.split("|") for row in read_section("Where to change what").splitlines() if row.startswith("| ")][1:]
    assert len(rows) >= 10
    paths = {path for row in rows for path in re.findall(r"`([\w<>/.-]+/[\w<>/.-]*)`", row[2])}
    assert len(paths) > 10
    for path in paths:
        base = ROOT if path.startswith(("tests/", "docs/", "tools/")) else SOURCE
        place = base / path
        assert (place if "<" not in path else place.parent).exists(), path
        assert "<" not in path or any(place.parent.glob(f"*{place.suffix}")), path


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_help__every_command_has_an_example_and_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    help_text = capsys.readouterr().out
    assert f"Example: comity {command}" in " ".join(help_text.split())
    assert "--json" in help_text


@pytest.mark.parametrize("group", [name for name, entry in COMMANDS.items() if entry.is_group])
def test_help__no_command_of_a_group_is_left_out_above(group: str) -> None:
    names = re.findall(r"^  ([\w-]+) ", run_comity(group, "--help").stdout.split("Commands:")[1], re.MULTILINE)
    assert sorted(names) == sorted({name.split()[0] for name in SUBCOMMANDS[group]})


if __name__ == "__main__":
    print(format_help_block())  # noqa: T201  the block, to paste into the README after a change
