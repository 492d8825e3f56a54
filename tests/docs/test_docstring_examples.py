"""Every example in a docstring gives what it shows."""

import doctest
import importlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"


def list_modules_with_examples() -> list[str]:
    """Return the modules whose text holds an example."""
    with_examples = [path for path in sorted(SOURCE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]
    return [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in with_examples]


@pytest.mark.parametrize("name", list_modules_with_examples())
def test_docstring_examples_hold(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted
    assert not results.failed
