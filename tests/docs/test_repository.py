"""The repository names no package index, no machine's paths, and holds no key."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INDEXES = re.compile(r"pypi\.|pythonhosted|npmjs|--(extra-)?index-url|find-links", re.IGNORECASE)
MACHINE = re.compile(r"(?<![A-Za-z0-9_.])/(root|home|work)/")
KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def tracked() -> list[Path]:
    """Every text file that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name for name in listed.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in {".parquet", ".png"}]


@pytest.mark.parametrize(
    ("what", "pattern"), [("a package index", INDEXES), ("a machine's path", MACHINE), ("a key", KEY)]
)
def test_no_tracked_file_names(what: str, pattern: re.Pattern[str]) -> None:
    this = Path(__file__).resolve()
    hits = [
        str(path)
        for path in tracked()
        if path.resolve() != this and pattern.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not hits, f"{what}: {hits}"


@pytest.mark.parametrize(("file", "fewest"), [("dev.txt", 20), ("bench.txt", 10), ("mutants.txt", 10)])
def test_requirements_are_hashed_and_pinned(file: str, fewest: int) -> None:
    text = (ROOT / "requirements" / file).read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)
    assert len(pins) > fewest
    assert text.count("--hash=sha256:") >= len(pins)
    assert not (ROOT / "uv.lock").exists()
