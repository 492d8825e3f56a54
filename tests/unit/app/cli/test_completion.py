"""Scripts of completion: bash offers commands, then subcommands, then options; --version says what runs."""

import shutil
import subprocess
import sys

import pytest

from comity.app.cli.completion import list_words, write_bash_script, write_fish_script

pytestmark = pytest.mark.slow  # a script names the options of every command, and all are imported for it
COMITY = (sys.executable, "-c", "from comity.app.cli import main; main()")


@pytest.fixture(scope="module")
def script() -> str:
    """Return the script for bash."""
    return write_bash_script(list_words())


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("comity in", ["index"]),
        ("comity index wi", ["withdraw"]),
        ("comity index withdraw idx --al", ["--allow-unknown"]),
        ("comity --v", ["--version"]),
        ("comity documents trust im", ["import"]),
    ],
)
def test_bash_offers_what_may_follow(script: str, line: str, offered: list[str]) -> None:
    words = line.split()
    quoted = " ".join(f"'{word}'" for word in words)
    run = f'{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _comity; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "--norc", "-c", run], capture_output=True, text=True, check=True, cwd="/")
    assert set(offered) <= set(done.stdout.split())
    assert "verify" not in done.stdout


def test_fish_has_a_line_for_each_option() -> None:
    lines = write_fish_script(list_words()).splitlines()
    assert any("__fish_seen_subcommand_from index; and __fish_seen_subcommand_from withdraw" in line for line in lines)
    assert all(line.startswith("complete -c comity ") for line in lines)
    if shutil.which("fish"):
        subprocess.run(["fish", "-n"], input="\n".join(lines), text=True, check=True)


def test_version_says_what_runs() -> None:
    done = subprocess.run([*COMITY, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("comity 0.")
    assert "control database 00" in done.stdout
