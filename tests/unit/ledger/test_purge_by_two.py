"""A purge is carried out only as two persons filed it."""

from pathlib import Path

import pytest

from comity.errors import PolicyError
from comity.law import load_law
from comity.ledger import purge
from comity.ledger.fsck import check_ledger
from comity.ledger.purge import carry_out_purge
from comity.model.filing import Act
from comity.orders import filing_steps
from comity.orders.act_checks import FilingContext
from comity.store import purges
from tests.support.sample_ledger import B1, ORIGIN, RECORDED_AT, SIGNER, insert_released_batch, open_store
from tests.support.two_persons import JO, SAM, enroll_founders

CONTEXT = FilingContext(load_law(), ORIGIN)


def test_carry_out_purge__takes_two_persons(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 9)
    enroll_founders(store, CONTEXT, at=RECORDED_AT)
    content = {"batch": B1, "rows": [3, 5], "order": "Docket 26-101"}
    state = filing_steps.enter_filing(store, Act.PURGE, content, JO, context=CONTEXT, at=RECORDED_AT)
    for number in (state.entered.number, 10, 99):
        with pytest.raises(PolicyError) as refused:
            carry_out_purge(store, number, at=RECORDED_AT)
        assert refused.value.code == "filing_missing"
    with store.read() as tx:
        assert not purges.is_purged(tx, B1)
    filing_steps.confirm_filing(store, state.entered.number, SAM, context=CONTEXT, at=RECORDED_AT)
    assert carry_out_purge(store, state.entered.number, at=RECORDED_AT)[1] == 2
    with store.read() as tx:
        assert [purge.row_numbers for purge in purges.list_purges(tx)] == [(3, 5)]
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_check_ledger__finds_a_purge_that_no_two_persons_filed(tmp_path: Path) -> None:
    """One person entered it, and somebody erased the answers by a program of their own; other rows, too."""
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 9)
    enroll_founders(store, CONTEXT, at=RECORDED_AT)
    content = {"batch": B1, "rows": [3], "order": "Docket 26-101"}
    state = filing_steps.enter_filing(store, Act.PURGE, content, JO, context=CONTEXT, at=RECORDED_AT)
    with store.begin() as tx:
        entries = [purge._erase(tx, B1, rows, "Docket 26-101", RECORDED_AT) for rows in ((3,), (4,))]
    expected = [
        f"a purge of batch B1 is on file under entry {entry}, and no two persons filed it before" for entry in entries
    ]
    assert list(check_ledger(store, [SIGNER.verifier], ORIGIN)) == expected
    filing_steps.confirm_filing(store, state.entered.number, SAM, context=CONTEXT, at=RECORDED_AT)
    assert list(check_ledger(store, [SIGNER.verifier], ORIGIN)) == expected, "afterwards is too late"
