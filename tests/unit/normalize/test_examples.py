"""The examples in docstrings of the normalizer and the reference data."""

import doctest
from importlib import import_module

import pytest

MODULES = (
    *(f"normalize.{name}_parser" for name in ("address", "name", "place", "street")),
    *(f"normalize.{name}" for name in ("ascii_text", "boxes_and_units", "encode", "line_splitter")),
    "normalize.normalized_row",
    *(f"reference.{name}" for name in ("address_vocabulary", "placeholders", "zip_codes")),
    "columns.intern",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    result = doctest.testmod(import_module(f"comity.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
