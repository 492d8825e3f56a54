"""Read the commands that a guide lists for its office, and run them as a person would."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
COMITY = (sys.executable, "-c", "from comity.app.cli import main; main()")


def read_commands(guide: str) -> list[tuple[list[str], int]]:
    """Return a guide's commands in order, each with the exit code that the guide names."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- commands: run by tests/offices -->\n(.*?)<!-- end -->", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    codes = [re.search(r"# exit (\d)$", line) for line in lines]
    return [
        (shlex.split(line, comments=True), int(code[1]) if code else 0) for line, code in zip(lines, codes, strict=True)
    ]


def run_comity(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, as a person would."""
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "100"}
    return subprocess.run(
        [*COMITY, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
