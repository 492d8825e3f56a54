"""The wheel that users install: built, installed into an empty folder, and tried without the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with nothing in it but what the wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("comity-*.whl")
    target = folder / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    return target


def run(installed: Path, program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a console script's entry point from the installed wheel, with the dependencies of this environment."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "XDG_STATE_HOME": str(cwd / "state")}
    code = f"import {program.partition(':')[0]} as m; print(m.__file__); m.{program.partition(':')[2]}()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_the_package_its_data_and_the_checker(installed: Path) -> None:
    (wheel,) = installed.parent.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "comity_ledger_verify.py",
        "comity/py.typed",
        "comity/match/model.json",
        "comity/reference/zips.parquet",
    } <= names
    assert not [
        name for name in names if name.startswith(("tests/", "bench/", "tools/")) or name.endswith((".nbi", ".nbc"))
    ]


def test_the_installed_command_simulates_builds_an_index_and_renders_a_page(installed: Path, tmp_path: Path) -> None:
    commands = (
        ("simulate", "--people", "300", "--requests", "20", "--seed", "3", "--out", "sim"),
        ("index", "build", "sim/records", "--out", "idx"),
        ("store", "migrate", "--home", "home"),
        ("orders", "timeline", "--home", "home", "--out", "orders.html"),
    )
    for command in commands:
        done = run(installed, "comity.app.cli:main", *command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(str(installed)), "the repository's copy ran instead of the wheel's"
    assert "<svg" in (tmp_path / "orders.html").read_text(encoding="utf-8")


def test_the_installed_checker_verifies_what_the_command_published(installed: Path, tmp_path: Path) -> None:
    for command in (("store", "migrate"), ("ledger", "checkpoint", "--out", "public")):
        done = run(installed, "comity.app.cli:main", *command, "--home", "home", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    done = run(installed, "comity_ledger_verify:run", "public", "--key", "public.vkey", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "true" in done.stdout
