"""Filing an order: by two persons, each with a key; what is filed, its entry and its signature are one."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from comity.errors import ComityError, PolicyError
from comity.law import Filing, Step, load, with_filings
from comity.ledger import filing, leaf, log
from comity.ledger.filing import Person
from comity.ledger.fsck import check_ledger
from comity.signing import Key, key_id, verify_detached
from comity.store import filings
from comity.store.connection import Store
from tests.conftest import Opening
from tests.owner import as_owner
from tests.unit.gates.cases import _order
from tests.unit.ledger.sample import AT, ORIGIN, SIGNER, open_store

JO, SAM = (Person(name, Key.generate_key("Ed25519")) for name in ("Jo", "Sam"))
LATER = AT + timedelta(minutes=1)


def document(order_id: str = "X1", **changes: Any) -> dict[str, Any]:
    """An order's fields, as a person gives them."""
    ban = {} if "acts_on" in changes else {"binds": ["irs"], "prohibits": ["disclose"]}
    return _order({"id": order_id, "dated": AT.date(), "instruments": ["tro"], **ban, **changes})


def filed(store: Store) -> tuple[Filing, ...]:
    with store.read() as tx:
        return filings.all_filings(tx)


def enter(store: Store, who: Person = JO, **changes: Any) -> Filing:
    return filing.enter(store, document(**changes), who, law=load(), at=AT)


def test_two_persons_enter_an_order(opening: Opening) -> None:
    store = opening()
    enter(store)
    filing.serve(store, "X1", {"party": "irs", "at": AT}, JO, law=load(), at=LATER)
    filing.confirm(store, "X1", SAM, law=load(), at=LATER)
    found = filed(store)
    assert [(f.entry, f.step, f.name) for f in found] == [
        (0, Step.ENTERED, "Jo"), (1, Step.SERVED, "Jo"), (2, Step.CONFIRMED, "Sam"),
    ]  # fmt: skip
    law = with_filings(load(), found)
    assert law.orders["X1"].recorded_from == AT.date()
    assert [order.id for order in law.orders_in_force(AT, "irs-ice-2025", "disclose")] == ["O2", "X1"]
    for one in found:
        person = {"Jo": JO, "Sam": SAM}[one.name]
        assert verify_detached(leaf.filing_content(one), one.signature, {one.by: person.key}) == key_id(person.key)
    with store.read() as tx:
        assert log.read_leaves(tx, 0, 3) == [leaf.filing_leaf(one) for one in found]
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_who_backdates_the_record_is_not_heard(opening: Opening) -> None:
    enter(opening(), recorded_from="2020-01-01")
    assert filed(opening())[0].document["recorded_from"] == f"{AT:%Y-%m-%d}"


REFUSED = {
    "the same person confirms": lambda s: filing.confirm(s, "X1", JO, law=load(), at=AT),
    "the same person withdraws": lambda s: filing.withdraw(s, "X1", JO, law=load(), at=AT),
    "the id is taken": lambda s: enter(s, SAM),
    "the id is a shipped order's": lambda s: enter(s, order_id="O2"),
    "no such order is confirmed": lambda s: filing.confirm(s, "X7", SAM, law=load(), at=AT),
    "a shipped order is confirmed": lambda s: filing.confirm(s, "O2", SAM, law=load(), at=AT),
    "a shipped order is withdrawn": lambda s: filing.withdraw(s, "O2", SAM, law=load(), at=AT),
    "another order names what is withdrawn": lambda s: filing.withdraw(s, "X1", SAM, law=load(), at=AT),
    "no such order is served": lambda s: filing.serve(s, "X7", {"party": "irs", "at": AT}, JO, law=load(), at=AT),
    "it has a mark that turns the text around": lambda s: enter(s, order_id="X3", case_name="a\u202eb"),
    "it has a NUL": lambda s: enter(s, order_id="X3", case_name="a\0b"),
    "it is served tomorrow": lambda s: filing.serve(s, "X1", {"party": "irs", "at": LATER}, JO, law=load(), at=AT),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_filed(tmp_path: Any, what: str) -> None:
    store = open_store(tmp_path)
    enter(store)
    act = {"order": "X1", "how": "dissolved", "effective_at": AT}
    enter(store, order_id="X2", acts_on=[act])
    before = filed(store)
    with pytest.raises(PolicyError) as refused:
        REFUSED[what](store)
    assert refused.value.code == "order_refused"
    assert filed(store) == before
    with store.read() as tx:
        assert log.size(tx) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"binds": ["nobody-on-file"]},
        {"agreements": ["none-such"]},
        {"acts_on": [{"order": "X9", "how": "reversed", "effective_at": "2026-02-25T00:00:00Z"}]},
        {"sha256": "0" * 64},
        {"surprise": 1},
        {"case_name": "half a character: \udc80"},
        {"districts": [{"name": "D. Nowhere", "states": ["ZZ"]}]},
        {"acts_on": [{"order": "O2", "how": "reversed", "effective_at": "2026-02-25T00:00:00Z"}],
         "instruments": ["appellate_judgment"]},
        {"acts_on": [{"order": "O2", "how": "reversed"}], "instruments": ["mandate"]},
    ],
)  # fmt: skip
def test_an_order_that_does_not_fit_the_law_is_not_filed(tmp_path: Any, changes: dict[str, Any]) -> None:
    store = open_store(tmp_path)
    with pytest.raises(PolicyError) as refused:
        enter(store, **changes)
    assert refused.value.code == "law_invalid"
    assert filed(store) == ()


def test_a_filing_that_was_tampered_with_is_found(tmp_path: Any) -> None:
    store = open_store(tmp_path)
    enter(store)
    filing.confirm(store, "X1", SAM, law=load(), at=AT)
    lifted = filed(store)[0].content.replace('"irs"', '"ice"')
    with as_owner(store) as connection:
        connection.execute(sa.text("UPDATE filings SET content = :content WHERE entry = 0"), {"content": lifted})
    found = check_ledger(store, [SIGNER.verifier], ORIGIN)
    assert any("entry 0 is not the one that the entry commits to" in finding for finding in found)
    assert any("entry 0 is not signed by the key that it names" in finding for finding in found)


def test_a_filing_that_was_taken_away_is_found(tmp_path: Any) -> None:
    store = open_store(tmp_path)
    enter(store)
    with as_owner(store) as connection:
        connection.execute(sa.text("DELETE FROM filings"))
    assert any("no such filing is on file" in finding for finding in check_ledger(store, [SIGNER.verifier], ORIGIN))


def test_nobody_changes_a_filing(opening: Opening) -> None:
    store = opening()
    enter(store)
    for change in ("UPDATE filings SET step = 'withdrawn'", "DELETE FROM filings"):
        with pytest.raises((RuntimeError, ComityError), match=r"is not changed|permission denied"), store.begin() as tx:
            tx.connection.execute(sa.text(change))
    assert len(filed(store)) == 1
