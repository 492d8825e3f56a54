"""docs/spec/statement.md lists the members, lists and figures that a statement has, and no others."""

import re
from pathlib import Path

from comity.app.pages.statement_page import FIGURE_LABELS
from comity.law import load_law
from comity.ledger import log
from comity.orders.statement import make_statement
from tests.support.sample_ledger import RECORDED_AT, SIGNER, open_store

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "statement.md").read_text(encoding="utf-8")


def list_table_names(header: str) -> list[str]:
    """Return the names in the first column of the table with this header."""
    table = PAGE.partition(f"| {header} |")[2].partition("\n\n")[0]
    return re.findall(r"^ *\| `([^`]+)` \|", table, re.MULTILINE)


def test_statement_spec__lists_what_a_statement_has(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    document, _ = make_statement(
        store, "O2", law=load_law(), checkpoint=note, verifiers=[SIGNER.verifier], version="0", at=RECORDED_AT
    )
    assert list_table_names("member") == list(document)
    assert list_table_names("list") == list(document["entries"])
    assert list_table_names("figure") == list(document["figures"])
    assert set(document["figures"]) == set(FIGURE_LABELS)
    assert f"`{document['format']}`" in PAGE
    assert all(f"`{name}`" in PAGE for part in ("configuration", "ledger") for name in document[part])
