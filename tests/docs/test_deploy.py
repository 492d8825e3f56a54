"""The unit for systemd: what it starts exists, and systemd takes it."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from comity.app.cli.command_table import COMMANDS

UNIT = Path(__file__).parents[2] / "deploy" / "comity@.service"
INSTANCES = ("serve", "work", "ask")


class UnitParser(configparser.RawConfigParser):
    """Read a unit, in which names have capitals and may come twice."""

    def optionxform(self, optionstr: str) -> str:
        """Return a name as it is written."""
        return optionstr


def read_unit() -> configparser.RawConfigParser:
    unit = UnitParser(strict=False)
    unit.read(UNIT, encoding="utf-8")
    return unit


def test_each_instance_is_a_command_and_runs_closed() -> None:
    unit = read_unit()
    assert unit["Service"]["ExecStart"] == "/opt/comity/bin/comity %i --config /etc/comity/service.toml"
    assert set(INSTANCES) <= set(COMMANDS)
    assert all(f"comity@{name}" in UNIT.read_text(encoding="utf-8") for name in INSTANCES)
    for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "ProtectProc", "RestrictNamespaces"):
        assert unit["Service"][name] in {"yes", "invisible"}, name
    assert (unit["Service"]["UMask"], unit["Service"]["LimitCORE"]) == ("0077", "0")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_it(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8").replace("/opt/comity/bin/comity", "/bin/true")
    lines = [line for line in text.splitlines() if not line.startswith(("User=", "Group="))]  # who is not here
    (tmp_path / "comity@serve.service").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["systemd-analyze", "verify", str(tmp_path / "comity@serve.service")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
