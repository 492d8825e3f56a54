"""Filings about an order take two persons, each with a key; filing, entry and signature agree."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from comity.errors import ComityError, PolicyError
from comity.law import apply_filings, load_law
from comity.ledger import leaf, log
from comity.ledger.fsck import check_ledger
from comity.model.filing import Filing, FilingStep
from comity.orders import order_filings
from comity.orders.filing_steps import Filer
from comity.signing import Ed25519Key, authenticate_signer, key_thumbprint
from comity.store import filings
from comity.store.database import Store
from tests.conftest import OpenStore
from tests.support.database_owner import without_guards
from tests.support.rule_cases import build_order
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, open_store

JO, SAM = (Filer(name, Ed25519Key.generate_key("Ed25519")) for name in ("Jo", "Sam"))
LATER = RECORDED_AT + timedelta(minutes=1)


def document(order_id: str = "X1", **changes: Any) -> dict[str, Any]:
    """An order's fields, as a person gives them."""
    ban = {"instruments": ["tro"], "binds": ["irs"], "prohibits": ["disclose"]}
    kind = {"instruments": ["vacatur"]} if "acts_on" in changes else ban
    return build_order({"id": order_id, "dated": RECORDED_AT.date(), **kind, **changes})


def filed(store: Store) -> tuple[Filing, ...]:
    with store.read() as tx:
        return filings.list_filings(tx)


def enter(store: Store, who: Filer = JO, **changes: Any) -> Filing:
    return order_filings.enter_order(store, document(**changes), who, law=load_law(), at=RECORDED_AT)


def test_enter_order__takes_two_persons(opening: OpenStore) -> None:
    store = opening()
    enter(store)
    order_filings.record_service(store, "X1", {"party": "irs", "at": RECORDED_AT}, JO, law=load_law(), at=LATER)
    order_filings.confirm_order(store, "X1", SAM, law=load_law(), at=LATER)
    on_file = filed(store)
    assert [(f.entry, f.step, f.name) for f in on_file] == [
        (0, FilingStep.ENTERED, "Jo"),
        (1, FilingStep.SERVED, "Jo"),
        (2, FilingStep.CONFIRMED, "Sam"),
    ]
    law = apply_filings(load_law(), on_file)
    assert law.orders["X1"].recorded_from == RECORDED_AT.date()
    assert [order.id for order in law.find_orders_in_force(RECORDED_AT, "irs-ice-2025", "disclose")] == [
        "O2",
        "O3",
        "X1",
    ]
    for filing in on_file:
        person = {"Jo": JO, "Sam": SAM}[filing.name]
        assert authenticate_signer(
            leaf.encode_filing_payload(filing), filing.signature, {filing.by: person.key}
        ) == key_thumbprint(person.key)
    with store.read() as tx:
        assert log.read_entries(tx, 0, 3) == [leaf.encode_filing_leaf(filing) for filing in on_file]
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_enter_order__ignores_a_backdated_record(opening: OpenStore) -> None:
    enter(opening(), recorded_from="2020-01-01")
    assert filed(opening())[0].parsed_content["recorded_from"] == f"{RECORDED_AT:%Y-%m-%d}"


REFUSED = {
    "the same person confirms": lambda s: order_filings.confirm_order(s, "X1", JO, law=load_law(), at=RECORDED_AT),
    "the id is taken": lambda s: enter(s, SAM),
    "the id is a shipped order's": lambda s: enter(s, order_id="O2"),
    "no such order is confirmed": lambda s: order_filings.confirm_order(s, "X7", SAM, law=load_law(), at=RECORDED_AT),
    "a shipped order is confirmed": lambda s: order_filings.confirm_order(s, "O2", SAM, law=load_law(), at=RECORDED_AT),
    "a shipped order is withdrawn": lambda s: order_filings.withdraw_order(
        s, "O2", SAM, law=load_law(), at=RECORDED_AT
    ),
    "another order names what is withdrawn": lambda s: order_filings.withdraw_order(
        s, "X1", SAM, law=load_law(), at=RECORDED_AT
    ),
    "no such order is served": lambda s: order_filings.record_service(
        s, "X7", {"party": "irs", "at": RECORDED_AT}, JO, law=load_law(), at=RECORDED_AT
    ),
    "it is served before it was issued": lambda s: order_filings.record_service(
        s, "X1", {"party": "irs", "at": "2020-01-01T12:00:00Z"}, JO, law=load_law(), at=RECORDED_AT
    ),
    "somebody whom it does not bind is served": lambda s: order_filings.record_service(
        s, "X1", {"party": "Bureau of the Mint", "at": RECORDED_AT}, JO, law=load_law(), at=RECORDED_AT
    ),
    "a party is written in capitals": lambda s: order_filings.record_service(
        s, "X1", {"party": "IRS", "at": RECORDED_AT}, JO, law=load_law(), at=RECORDED_AT
    ),
    "it has a mark that turns the text around": lambda s: enter(s, order_id="X3", case_name="a\u202eb"),
    "it has a NUL": lambda s: enter(s, order_id="X3", case_name="a\0b"),
    "it is served tomorrow": lambda s: order_filings.record_service(
        s, "X1", {"party": "irs", "at": LATER}, JO, law=load_law(), at=RECORDED_AT
    ),
}


def test_withdraw_order__takes_two_persons(tmp_path: Any) -> None:
    """Nobody opens alone what a colleague closed, nor what they closed themselves."""
    store = open_store(tmp_path)
    enter(store)
    order_filings.withdraw_order(store, "X1", SAM, law=load_law(), at=RECORDED_AT)
    assert apply_filings(load_law(), filed(store)).pending == {"X1"}
    with pytest.raises(PolicyError, match="withdrew the order"):
        order_filings.withdraw_order(store, "X1", SAM, law=load_law(), at=RECORDED_AT)
    order_filings.withdraw_order(store, "X1", JO, law=load_law(), at=RECORDED_AT)
    assert "X1" not in apply_filings(load_law(), filed(store)).orders


@pytest.mark.parametrize(
    ("order_id", "on_file"),
    [("x1", "X1"), ("Xl", "X1"), ("XI", "X1"), ("X1.", "X1"), ("x2", "X2"), ("o2", "O2"), ("O_2", None), ("Oz", None)],
)
def test_enter_order__refuses_an_id_that_looks_like_one_that_is_or_was_on_file(
    tmp_path: Any, order_id: str, on_file: str | None
) -> None:
    store = open_store(tmp_path)
    enter(store)
    enter(store, order_id="X2")
    for who in (SAM, JO):
        order_filings.withdraw_order(store, "X2", who, law=load_law(), at=RECORDED_AT)
    before = filed(store)
    if on_file is None:
        assert enter(store, order_id=order_id).subject == order_id
        return
    with pytest.raises(PolicyError, match=f"looks like {on_file}, which is on file") as refused:
        enter(store, order_id=order_id)
    assert refused.value.code == "order_refused"
    assert filed(store) == before


@pytest.mark.parametrize("order_id", ["X1\u200b", "\u04251", "X 1", "X\u00a01"])
def test_enter_order__takes_no_id_with_blanks_in_it_or_letters_of_another_script(tmp_path: Any, order_id: str) -> None:
    store = open_store(tmp_path)
    with pytest.raises(PolicyError) as refused:
        enter(store, order_id=order_id)
    assert "id: it is not written as such a value is" in str(refused.value)
    assert filed(store) == ()


@pytest.mark.parametrize("order_id", ["X1 ", " X1", "X1\n", "\tX1"])
def test_enter_order__takes_blanks_around_an_id_away_and_refuses_it_as_one_on_file(
    tmp_path: Any, order_id: str
) -> None:
    store = open_store(tmp_path)
    assert enter(store, order_id=order_id).subject == "X1"
    with pytest.raises(PolicyError, match="on file"):
        enter(store, order_id=order_id)
    assert len(filed(store)) == 1


@pytest.mark.parametrize("what", REFUSED)
def test_order_filings__refuses_a_step_that_does_not_follow(tmp_path: Any, what: str) -> None:
    store = open_store(tmp_path)
    enter(store)
    act = {"order": "X1", "how": "dissolved", "effective_at": RECORDED_AT}
    enter(store, order_id="X2", acts_on=[act])
    before = filed(store)
    with pytest.raises(ComityError) as refused:
        REFUSED[what](store)
    is_unknown = what.startswith("no such order")
    assert refused.value.code in ({"order_unknown"} if is_unknown else {"order_refused", "filing_refused"})
    assert filed(store) == before
    with store.read() as tx:
        assert log.tree_size(tx) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"agreements": ["none-such"]},
        {"acts_on": [{"order": "X9", "how": "reversed", "effective_at": "2026-02-25T00:00:00Z"}]},
        {"sha256": "0" * 64},
        {"surprise": 1},
        {"case_name": "half a character: \udc80"},
        {"districts": [{"name": "D. Nowhere", "states": ["ZZ"]}]},
        {
            "acts_on": [{"order": "O2", "how": "reversed", "effective_at": "2026-02-25T00:00:00Z"}],
            "instruments": ["appellate_judgment"],
        },
        {"acts_on": [{"order": "O2", "how": "reversed"}], "instruments": ["mandate"]},
    ],
)
def test_enter_order__refuses_an_order_that_does_not_fit_the_law(tmp_path: Any, changes: dict[str, Any]) -> None:
    store = open_store(tmp_path)
    with pytest.raises(PolicyError) as refused:
        enter(store, **changes)
    assert refused.value.code == "order_refused"
    assert filed(store) == ()


def test_check_ledger__finds_a_changed_filing(tmp_path: Any) -> None:
    store = open_store(tmp_path)
    enter(store)
    order_filings.confirm_order(store, "X1", SAM, law=load_law(), at=RECORDED_AT)
    lifted = filed(store)[0].content.replace('"irs"', '"ice"')
    with without_guards(store) as connection:
        connection.execute(sa.text("UPDATE filings SET content = :content WHERE entry = 0"), {"content": lifted})
    findings = check_ledger(store, [SIGNER.verifier], ORIGIN)
    assert any("entry 0 is not the one that the entry commits to" in finding for finding in findings)
    assert any("entry 0 is not signed by the key that it names" in finding for finding in findings)


def test_check_ledger__finds_a_deleted_filing(tmp_path: Any) -> None:
    store = open_store(tmp_path)
    enter(store)
    with without_guards(store) as connection:
        connection.execute(sa.text("DELETE FROM filings"))
    assert any("no such filing is on file" in finding for finding in check_ledger(store, [SIGNER.verifier], ORIGIN))


def test_filings__cannot_be_changed(opening: OpenStore) -> None:
    store = opening()
    enter(store)
    for change in ("UPDATE filings SET step = 'withdrawn'", "DELETE FROM filings"):
        with pytest.raises((RuntimeError, ComityError), match=r"is not changed|permission denied"), store.begin() as tx:
            tx.connection.execute(sa.text(change))
    assert len(filed(store)) == 1
