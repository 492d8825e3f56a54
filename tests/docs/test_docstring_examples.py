"""Every example in a docstring gives what it shows."""

import doctest
import importlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
PACKAGES = ("accounting", "decide", "intake", "law", "model", "recall", "release", "store")


def list_modules_with_examples() -> list[str]:
    """Return the modules of these packages whose text holds an example."""
    paths = [path for package in PACKAGES for path in sorted((SOURCE / "comity" / package).rglob("*.py"))]
    with_examples = [path for path in paths if ">>> " in path.read_text(encoding="utf-8")]
    return [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in with_examples]


@pytest.mark.parametrize("name", list_modules_with_examples())
def test_docstring_examples_hold(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted
    assert not results.failed
