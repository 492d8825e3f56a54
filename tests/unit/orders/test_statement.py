"""A statement counts ledger entries and nothing else; with the published ledger, every change and omission is found."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.app.pages.statement_page import render_statement
from comity.errors import ComityError, LedgerError
from comity.law import load_law
from comity.ledger import leaf, log
from comity.ledger.publish import publish_log
from comity.model.release import Release
from comity.orders import order_filings
from comity.orders import statement_folder as folder
from comity.orders.statement import check_statement, make_statement
from comity.signing import key_thumbprint
from comity.store.database import Store
from tests.support.sample_ledger import (
    RECORDED_AT,
    SIGNER,
    insert_batch,
    insert_released_batch,
    ledger_name,
    open_store,
)
from tests.support.sample_ledger import make_answer_columns as sample_columns
from tests.unit.orders.test_order_filings import JO, SAM, document

LATER = RECORDED_AT + timedelta(seconds=5)


def hold(batch: str, *orders: str, rehearsal: bool = False) -> bytes:
    return leaf.encode_hold_leaf(
        batch_id=ledger_name(batch),
        agreement="irs-ice-2025",
        orders=orders,
        rules=[],
        law="5" * 64,
        as_of=LATER,
        rehearsal=rehearsal,
        known_as_of=LATER if rehearsal else None,
    )


def answer(store: Store, name: str) -> None:
    """A batch answered in earnest, not in a rehearsal."""
    with store.begin() as tx:
        insert_batch(tx, name, 2)
        columns = sample_columns(2)
        first = log.append_entries(tx, leaf.encode_answer_leaves(ledger_name(name), columns), at=LATER)
        release = Release(
            batch_id=ledger_name(name),
            agreement="irs-ice-2025",
            row_count=2,
            first_entry=first,
            counts={},
            answers_sha256="a" * 64,
            salt=bytes(32),
            order_ids=(),
            law_fingerprint="5" * 64,
            index_fingerprint=None,
            model_fingerprint=None,
            as_of=LATER,
        )
        log.append_entries(tx, [leaf.encode_release_leaf(release)], at=LATER)


@dataclass
class Court:
    """What the court receives, and the published ledger that anybody can have."""

    document: dict[str, Any]
    receipts: dict[int, str]
    published: Path

    def findings(self, *, with_ledger: bool = True) -> list[str]:
        published = self.published if with_ledger else None
        return list(check_statement(self.document, self.receipts.values(), [SIGNER.verifier], published))


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Court:
    """One answered batch before the order came on file and one after, three attempts, two rehearsals, a service."""
    root = tmp_path_factory.mktemp("court")
    store = open_store(root)
    answer(store, "early")  # entries 0 to 2
    order_filings.enter_order(store, document(), JO, law=load_law(), at=LATER)  # 3
    with store.begin() as tx:  # 4 to 8
        log.append_entries(
            tx,
            [hold("b", "X1"), hold("b", "O2", "X1"), hold("c", "X1"), hold("d", "O2"), hold("e", "X1", rehearsal=True)],
            at=LATER,
        )
    order_filings.record_service(
        store, "X1", {"party": "irs", "at": RECORDED_AT, "how": "by hand"}, SAM, law=load_law(), at=LATER
    )  # 9
    order_filings.confirm_order(store, "X1", SAM, law=load_law(), at=LATER)  # 10
    insert_released_batch(store, "rehearsed", 2)  # 11 to 13
    answer(store, "late")  # 14 to 16
    note = log.sign_current_checkpoint(store, SIGNER, at=LATER)
    publish_log(store, root / "public", note, SIGNER.verifier)
    with store.begin() as tx:
        log.append_entries(tx, [hold("after-the-checkpoint", "X1")], at=LATER)
    document_, receipts = make_statement(
        store, "X1", law=load_law(), checkpoint=note, verifiers=[SIGNER.verifier], version="0", at=LATER
    )
    document_ = json.loads(json.dumps(document_))
    store.close()
    return Court(document_, receipts, root / "public")


def test_make_statement__counts_what_happened(stated: Court) -> None:
    assert stated.document["figures"] == {
        "attempts_blocked": 3,
        "batches_blocked": 2,
        "rehearsals_blocked": 1,
        "released_while_on_file": 1,
        "released_while_a_part_was_open": 0,
        "released_before_it_was_on_file": 1,
        "released_while_not_in_force": 0,
        "rehearsals_released_while_on_file": 1,
        "services": 1,
    }
    assert sorted(stated.receipts) == [2, 3, 4, 5, 6, 8, 9, 10, 13, 16]
    assert [opened["signed"]["step"] for opened in stated.document["filings"]] == ["entered", "served", "confirmed"]
    assert (stated.document["pending"], stated.document["in_force"]) == (False, True)
    assert stated.findings() == []
    assert stated.findings(with_ledger=False) == []


def changed(stated: Court, change: Callable[[Court], object]) -> Court:
    court = Court(copy.deepcopy(stated.document), dict(stated.receipts), stated.published)
    change(court)
    return court


def _leave_out(court: Court) -> None:
    """Everything of one blocked attempt, receipt included, and figures that agree."""
    court.document["entries"]["blocked"].pop(0)
    court.document["figures"]["attempts_blocked"] -= 1
    court.receipts.pop(4)


CHANGES: dict[str, Callable[[Court], object]] = {
    "a figure": lambda c: c.document["figures"].update(attempts_blocked=4),
    "a date of an attempt": lambda c: c.document["entries"]["blocked"][0].update(as_of="2020-01-01T00:00:00.000000Z"),
    "a release": lambda c: c.document["entries"]["released"].pop(),
    "when the order took effect": lambda c: c.document["order"].update(effective_at="2026-02-26T00:00:00Z"),
    "when it is in force": lambda c: c.document["periods"].update({"irs-ice-2025": []}),
    "when a part is open": lambda c: c.document["open_parts"].update(
        {"irs-ice-2025": [{"batches": "of a kind", "from": "2020-01-01T00:00:00.000000Z", "to": None}]}
    ),
    "the version that made it": lambda c: c.document.update(format="comity-order-statement-2"),
    "whom it binds": lambda c: c.document["order"].update(binds=["ice"]),
    "a service": lambda c: c.document["order"].update(served=[]),
    "who was served": lambda c: c.document["filings"][1]["signed"]["content"].update(party="ice"),
    "a salt": lambda c: c.document["filings"][0].update(salt="00" * 32),
    "a signature": lambda c: c.document["filings"][0].update(signature=c.document["filings"][2]["signature"]),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("with_ledger", [True, False])
def test_check_statement__finds_every_change(stated: Court, what: str, *, with_ledger: bool) -> None:
    assert changed(stated, CHANGES[what]).findings(with_ledger=with_ledger)


def test_check_statement__finds_what_was_left_out_with_the_ledger(stated: Court) -> None:
    court = changed(stated, _leave_out)
    assert court.findings(with_ledger=False) == []
    assert court.findings() == [
        "the entries that it lists are not those of the ledger",
        "its figures are not those that the entries come to",
    ]


def test_check_statement__refuses_a_receipt_of_another_ledger(stated: Court) -> None:
    court = changed(stated, lambda c: c.receipts.update({4: c.receipts[4].replace("index 4", "index 5")}))
    with pytest.raises(LedgerError):
        court.findings()


def test_check_statement__refuses_published_entries_that_miss_the_root(stated: Court, tmp_path: Path) -> None:
    (tmp_path / "public" / "tile" / "entries" / "000.p").mkdir(parents=True)
    name = Path("tile") / "entries" / "000.p" / "17"
    data = (stated.published / name).read_bytes()
    (tmp_path / "public" / name).write_bytes(data.replace(ledger_name("c").encode(), ledger_name("x").encode()))
    with pytest.raises(LedgerError, match="do not lead to the root"):
        replace(stated, published=tmp_path / "public").findings()


def test_statement_folder__is_signed(stated: Court, tmp_path: Path) -> None:
    folder.write_statement(
        tmp_path / "out", stated.document, stated.receipts, JO.key, page=render_statement(stated.document)
    )
    document_, receipts, signed_by = folder.read_statement(tmp_path / "out")
    assert (document_, signed_by) == (stated.document, key_thumbprint(JO.key))
    assert list(check_statement(document_, receipts, [SIGNER.verifier])) == []
    text = (tmp_path / "out" / "statement.html").read_text()
    assert "synthetic" in text
    assert "attempts to have a batch answered were blocked" in text
    with pytest.raises(ComityError, match="other files"):
        folder.write_statement(tmp_path / "out", stated.document, stated.receipts, JO.key, page="")
    path = tmp_path / "out" / "statement.json"
    path.write_bytes(path.read_bytes().replace(b'"attempts_blocked": 3', b'"attempts_blocked": 2'))
    with pytest.raises(ComityError, match="does not verify"):
        folder.read_statement(tmp_path / "out")
    for broken in (b"", b"{", b"[]", b"\xff"):
        path.write_bytes(broken)
        with pytest.raises(ComityError):
            folder.read_statement(tmp_path / "out")


def test_make_statement__refuses_an_order_not_on_file(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with pytest.raises(ComityError, match="No order of that id"):
        make_statement(
            store, "X9", law=load_law(), checkpoint=note, verifiers=[SIGNER.verifier], version="0", at=RECORDED_AT
        )
    shipped, receipts = make_statement(
        store, "O2", law=load_law(), checkpoint=note, verifiers=[SIGNER.verifier], version="0", at=RECORDED_AT
    )
    assert (set(shipped["figures"].values()), receipts) == ({0}, {})


def test_make_statement__asks_what_was_in_force_at_the_release(tmp_path: Path) -> None:
    """One batch is answered while the order is stayed, one after the stay has ended with its appeal."""
    store = open_store(tmp_path)
    began_at = LATER - timedelta(days=9)
    ban = document(effective_at=began_at, issued_at=began_at)
    order_filings.enter_order(store, ban, JO, law=load_law(), at=LATER)
    order_filings.confirm_order(store, "X1", SAM, law=load_law(), at=LATER)
    answer(store, "stayed")
    day = LATER - timedelta(days=2)
    hangs_on = {"matter": "appeal", "case": "26-1"}
    stay = {"order": "X1", "how": "stayed", "effective_at": day, "hangs_on": hangs_on}
    papers: list[dict[str, Any]] = [
        {"order_id": "S1", "instruments": ["appellate_stay"], "acts_on": [stay], "issued_at": day},
        {
            "order_id": "D1",
            "instruments": ["denial"],
            "binds": [],
            "prohibits": [],
            "decides": [{**hangs_on, "outcome": "dismissed"}],
            "effective_at": LATER + timedelta(hours=1),
        },
    ]
    for paper in papers:
        order_filings.enter_order(store, document(**paper), JO, law=load_law(), at=LATER)
        order_filings.confirm_order(store, paper["order_id"], SAM, law=load_law(), at=LATER)
    note = log.sign_current_checkpoint(store, SIGNER, at=LATER)
    stated, receipts = make_statement(
        store, "X1", law=load_law(), checkpoint=note, verifiers=[SIGNER.verifier], version="0", at=LATER
    )
    figures = stated["figures"]
    assert (figures["released_while_not_in_force"], figures["released_while_on_file"]) == (1, 0)
    assert len(stated["periods"]["irs-ice-2025"]) == 2
    assert stated["periods"]["irs-ice-2025"][-1]["to"] is None
    assert [item["paper"]["id"] for item in stated["papers"]] == ["S1", "D1"]
    assert list(check_statement(json.loads(json.dumps(stated)), receipts.values(), [SIGNER.verifier])) == []


def state_with_part(root: Path, *acts: dict[str, Any], also: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the checked statement on X1 after these acts on it by S1, with one batch answered while they last."""
    root.mkdir()
    store = open_store(root)
    day = LATER - timedelta(days=9)
    papers = [document(effective_at=day, issued_at=day)]
    stays = [
        {"hangs_on": {"matter": "appeal", "case": "26-1"}, "effective_at": day, "how": "stayed", **a} for a in acts
    ]
    papers += [document("S1", instruments=["appellate_stay"], acts_on=stays, issued_at=day)]
    papers += [document(**also, issued_at=day)] if also else []
    for paper in papers:
        order_filings.enter_order(store, paper, JO, law=load_law(), at=LATER)
        order_filings.confirm_order(store, paper["id"], SAM, law=load_law(), at=LATER)
    answer(store, "during")
    note = log.sign_current_checkpoint(store, SIGNER, at=LATER)
    stated, receipts = make_statement(
        store, "X1", law=load_law(), checkpoint=note, verifiers=[SIGNER.verifier], version="0", at=LATER
    )
    store.close()
    document_: dict[str, Any] = json.loads(json.dumps(stated))
    assert list(check_statement(document_, receipts.values(), [SIGNER.verifier])) == []
    return document_


MASSACHUSETTS = {"districts": [{"name": "D. Mass.", "states": ["MA"]}]}
SECTION = {"statutes": ["26 USC 6103(i)(2)"]}


def test_make_statement__shows_which_part_was_open_and_when(tmp_path: Path) -> None:
    stated = state_with_part(tmp_path / "home", {"order": "X1", "extent": "part", "part": MASSACHUSETTS})
    (gap,) = stated["open_parts"]["irs-ice-2025"]
    assert gap["batches"] == "whose addresses all lie in MA"
    assert gap["from"] < stated["entries"]["released"][0]["as_of"] < gap["to"]
    assert [period["to"] for period in stated["periods"]["irs-ice-2025"]] == [None]  # in force for all others
    (named,) = stated["named_by"]
    assert (named["how"], named["extent"], named["part"]["districts"]) == ("stayed", "part", MASSACHUSETTS["districts"])
    figures = stated["figures"]
    assert (figures["released_while_on_file"], figures["released_while_a_part_was_open"]) == (1, 1)
    page = render_statement(stated)
    assert "batches whose addresses all lie in MA" in page
    assert "Stayed in part by S1" in page
    assert "yes, but for a part" in page


def test_make_statement__shows_the_part_that_stays_open_when_a_stay_is_vacated_in_part(tmp_path: Path) -> None:
    vacatur = {"order": "S1", "how": "vacated", "extent": "part", "part": MASSACHUSETTS}
    again = {"order_id": "V1", "instruments": ["vacatur"], "acts_on": [{**vacatur, "effective_at": LATER}]}
    stated = state_with_part(tmp_path / "home", {"order": "X1", "extent": "whole"}, also=again)
    (gap,) = stated["open_parts"]["irs-ice-2025"]
    assert gap["batches"] == "whose addresses all lie outside of MA"


@pytest.mark.parametrize(
    ("part", "kinds"),
    [
        ({"in_words": "except as to the members"}, []),
        ({"districts": [{"name": "N.D. Ill.", "states": ["IL"]}]}, []),
        ({"parties": ["irs"]}, []),  # the only party: the period ends for every batch
        (SECTION, ["of every kind, by the statutes that the agreement rests on"]),
        (MASSACHUSETTS | SECTION, ["whose addresses all lie in MA"]),
    ],
)
def test_make_statement__shows_a_part_as_the_gates_open_it(
    tmp_path: Path, part: dict[str, Any], kinds: list[str]
) -> None:
    stated = state_with_part(tmp_path / "home", {"order": "X1", "extent": "part", "part": part})
    assert [gap["batches"] for gap in stated["open_parts"].get("irs-ice-2025", [])] == kinds
    assert stated["named_by"][0]["extent"] == "part"
