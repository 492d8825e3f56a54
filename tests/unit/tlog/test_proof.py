"""A receipt opens only whole and unchanged."""

from pathlib import Path

import pytest

from comity.errors import LedgerError
from comity.ledger import log
from comity.tlog.proof import open_receipt
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, make_hold_entries, open_store

KEYS = [SIGNER.verifier]


@pytest.fixture(name="receipt")
def _receipt(tmp_path: Path) -> str:
    store = open_store(tmp_path)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(11), at=RECORDED_AT)
    return log.make_receipt(store, 5, log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT), SIGNER.verifier)


def test_open_receipt__refuses_any_changed_character(receipt: str) -> None:
    for offset in range(len(receipt)):
        changed = receipt[:offset] + ("A" if receipt[offset] != "A" else "B") + receipt[offset + 1 :]
        with pytest.raises(LedgerError):
            open_receipt(changed, ORIGIN, KEYS)


def test_open_receipt__needs_the_entry_when_the_receipt_has_none(receipt: str) -> None:
    lines = receipt.split("\n")
    bare = "\n".join([lines[0], *lines[2:]])
    assert open_receipt(bare, ORIGIN, KEYS, leaf=make_hold_entries(11)[5]).index == 5
    for leaf in (None, make_hold_entries(11)[4]):
        with pytest.raises(LedgerError):
            open_receipt(bare, ORIGIN, KEYS, leaf=leaf)
    with pytest.raises(LedgerError, match="another"):
        open_receipt(receipt, ORIGIN, KEYS, leaf=make_hold_entries(11)[4])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("index 5", "index 05"),
        ("index 5", "index 4"),
        ("index 5", "index -5"),
        ("index 5\n", ""),
        ("@v1", "@v2"),
        ("extra ", "Extra "),
        ("\n\n", "\n"),
        ("\n\n", "\n\n\n"),
        ("\n\n", "\n" + "A" * 43 + "=\n\n"),
    ],
)
def test_open_receipt__refuses_malformed_receipts(receipt: str, old: str, new: str) -> None:
    with pytest.raises(LedgerError):
        open_receipt(receipt.replace(old, new, 1), ORIGIN, KEYS)
