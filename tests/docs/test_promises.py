"""docs/promises.md names tests that exist; what ships speaks of no groups; every page says that it is synthetic."""

import ast
import re
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).parents[2]
PROMISES = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")


def names_in(path: Path) -> set[str]:
    """Every test in a file, as pytest would name it (without parameters)."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


def test_every_test_that_a_promise_names_exists() -> None:
    named = re.findall(r"`(tests/[^`]+?\.py)::([\w:]+)`", PROMISES)
    assert len(named) > 15
    for path, name in named:
        assert name in names_in(ROOT / path), f"{path}::{name}"


def test_every_promise_has_a_line() -> None:
    lines = re.findall(r"^\| (\d+) \| \*\*(.*?)\*\*.*?\| (.*) \|$", PROMISES, re.MULTILINE)
    assert [int(number) for number, _, _ in lines] == list(range(1, 17))
    for number, _, proof in lines:
        assert "tests/" in proof or "not yet claimed" in proof, f"promise {number} has neither a test nor a disclaimer"


def test_nothing_shipped_speaks_of_groups() -> None:
    """Promise 14: no column of the reference data or of the model is about race, ethnicity, status or nationality."""
    words = re.compile(r"race|ethnic|hispanic|national|citizen|immigra|black|white|asian", re.IGNORECASE)
    for path in (ROOT / "src" / "comity" / "reference").glob("*.parquet"):
        names = pq.read_schema(path).names
        assert not [name for name in names if words.search(name)], path.name
    assert not words.search((ROOT / "src" / "comity" / "match" / "model.json").read_text(encoding="utf-8"))


def test_every_page_says_that_its_data_are_synthetic() -> None:
    pages = [path for path in (ROOT / "src").rglob("*.j2") if "<body" in path.read_text(encoding="utf-8")]
    assert pages
    for path in pages:
        assert re.search(r"synthetic", path.read_text(encoding="utf-8"), re.IGNORECASE), path
