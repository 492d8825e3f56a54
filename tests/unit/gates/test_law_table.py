"""The law table in the docs is current and complete."""

import re
from pathlib import Path

from comity.gates import REGISTER
from comity.gates.law_table import render_law_table
from comity.law import load_law

ROOT = Path(__file__).parents[3]


def test_the_law_table_in_the_docs_is_current() -> None:
    text = (ROOT / "docs" / "guides" / "law-table.md").read_text(encoding="utf-8")
    assert text == render_law_table(load_law()), "run: python -m comity.gates.law_table > docs/guides/law-table.md"


def test_the_law_table_has_no_empty_cell_and_names_every_rule() -> None:
    text = render_law_table(load_law())
    assert not re.search(r"\|[ ]*\|", text)
    assert all(f"`{rule.id}`" in text for rule in REGISTER)
    files = set(re.findall(r"tests/[\w/]+\.py", text))
    assert "tests/pipeline/test_withheld.py" in files
    assert all((ROOT / file).is_file() for file in files)
