"""Single questions: each gets what a batch of one row gets, in groups as one after another."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity import pipeline
from comity.app import bootstrap
from comity.app.home import Home
from comity.intake import SentQuestion
from comity.law import load_law
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.orders import order_filings
from comity.questions import QuestionResponder
from comity.signing import Ed25519Key
from comity.store import batches
from tests.support.batch_folders import make_row
from tests.support.rule_cases import build_order
from tests.support.single_questions import make_question, open_responder, read_answer
from tests.support.two_persons import JO, SAM
from tests.support.workspace import AUGUST_2025, Workspace, request_about

ROWS = {
    "confirmed": request_about(1),
    "another unit": request_about(3, street2="Apt 7C"),
    "nobody there": request_about(4, first_name="Nemo", last_name="Nobody"),
    "no case": request_about(2, case_number=""),
    "control characters": request_about(7, last_name="Oye\u0000laran"),
}


@pytest.fixture(autouse=True)
def august(august_2025: None) -> None:
    """The machine's clock shows August 2025."""


@pytest.fixture
def responder(world: Workspace, home: Home) -> Iterator[QuestionResponder]:
    with open_responder(world, home) as responder:
        yield responder


def count_entries(home: Home) -> int:
    with bootstrap.open_store(home) as store, store.read() as tx:
        return log.tree_size(tx)


def check_home(home: Home) -> None:
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        assert check_ledger(store, signer.verifiers, signer.name) == ()


def test_a_question_gets_what_a_batch_of_its_row_gets(town: Workspace, tmp_path: Path) -> None:
    asking, sending = (Workspace(tmp_path / name, town.index, town.key) for name in ("asking", "sending"))
    home = asking.open_home()
    questions = [make_question(town.key, f"b{n}", row) for n, row in enumerate(ROWS.values())]
    with open_responder(asking, home) as responder:
        outcomes = responder.answer_group(questions)
    sending.root.mkdir(exist_ok=True)
    other = sending.open_home()
    for n, (name, row) in enumerate(ROWS.items()):
        folder, out = sending.write_batch(f"b{n}", [row]), sending.root / f"out{n}"
        result, answers = sending.verify_batch(folder, home=other, out=out)
        outcome = outcomes[n]
        assert outcome.result is not None, name
        assert outcome.files is not None, name
        request_id, code, reasons = read_answer(outcome)
        assert {request_id: (code, reasons)} == answers, name
        assert set(outcome.files) == {path.name for path in out.iterdir()}, name
        assert [(f.rule, f.outcome) for f in outcome.result.findings] == [(f.rule, f.outcome) for f in result.findings]
        said, sent = (json.loads(text) for text in (outcome.files["answers.json"], (out / "answers.json").read_bytes()))
        for member in ("counts", "findings", "law", "index", "model", "rules", "orders"):
            assert said.get(member) == sent.get(member), (name, member)
    assert {read_answer(outcome)[1] for outcome in outcomes} == {"CONFIRMED", "NOT_CONFIRMED", "REFUSED"}
    check_home(home)


def test_questions_of_a_group_are_history_to_each_other(town: Workspace, tmp_path: Path) -> None:
    places = [Workspace(tmp_path / name, town.index, town.key) for name in ("together", "apart")]
    same = [request_about(1, request_id=f"again-{n}", case_number=f"C-{n}") for n in range(4)]
    questions = [make_question(town.key, f"again-{n}", row) for n, row in enumerate([*same, request_about(3)])]
    answers = []
    for world, sizes in zip(places, ([5], [1] * 5), strict=True):
        rest, found = list(questions), []
        with open_responder(world, world.open_home()) as responder:
            for size in sizes:
                found += [read_answer(outcome) for outcome in responder.answer_group(rest[:size])]
                rest = rest[size:]
        answers.append(found)
    assert answers[0] == answers[1]
    assert answers[0][0][1] == "CONFIRMED"
    assert any(code == "REFUSED" and "p15" in reasons for _, code, reasons in answers[0]), "asked again is probing"


def test_a_group_is_one_checkpoint_and_one_transaction(responder: QuestionResponder, town: Workspace) -> None:
    questions = [make_question(town.key, f"g{n}", request_about(n)) for n in (1, 3, 4, 5)]
    outcomes = responder.answer_group(questions)
    sizes = {outcome.files["receipt.tlog-proof"].split(b"\n\n")[-2] for outcome in outcomes if outcome.files}
    assert all(outcome.files for outcome in outcomes)
    with responder.gateway.store.read() as tx:
        assert log.tree_size(tx) == 2 * len(questions), "an answer and a release each"
        stored = batches.list_batches(tx)
    assert len({batch.answered_at for batch in stored}) == 1
    assert len(sizes) == 1, sizes


def test_asked_again_it_is_answered_from_what_is_stored(responder: QuestionResponder, town: Workspace) -> None:
    question = make_question(town.key, "q1", request_about(1))
    (first,), (again,) = responder.answer_group([question]), responder.answer_group([question])
    assert first.files == again.files
    assert again.result is not None
    assert again.result.was_answered_before
    both = responder.answer_group([question, question])
    assert [outcome.files for outcome in both] == [first.files] * 2
    with responder.gateway.store.read() as tx:
        assert log.tree_size(tx) == 2


def test_the_same_twice_in_one_group_is_answered_once(responder: QuestionResponder, town: Workspace) -> None:
    question = make_question(town.key, "q1", request_about(1))
    outcomes = responder.answer_group([question, question])
    assert outcomes[0].files == outcomes[1].files is not None
    with responder.gateway.store.read() as tx:
        assert log.tree_size(tx) == 2


def refuse_cases(key: Ed25519Key) -> dict[str, tuple[SentQuestion, str]]:
    good = make_question(key, "q1", request_about(1))
    two = b"\n".join(json.dumps(make_row(request_id=f"r{n}")).encode() for n in range(2))
    stranger = Ed25519Key.generate_key("Ed25519")
    return {
        "no signature": (SentQuestion(good.manifest, b"", good.request), "batch_unsigned"),
        "another row": (SentQuestion(good.manifest, good.signature, good.request + b" "), "batch_unsigned"),
        "a stranger's key": (make_question(stranger, "q2", request_about(1)), "signer_unregistered"),
        "two rows": (make_question(key, "q3", two), "batch_unreadable"),
        "no row": (make_question(key, "q4", b""), "batch_unreadable"),
        "a long row": (make_question(key, "q5", request_about(1, reason="x" * 20_000)), "batch_unreadable"),
        "another kind of file": (
            make_question(key, "q6", request_about(1), requests_file="requests.csv"),
            "batch_unreadable",
        ),
        "no manifest": (SentQuestion(b"{}", good.signature, good.request), "batch_unreadable"),
    }


def test_what_cannot_be_read_is_refused_and_accounted_for(responder: QuestionResponder, town: Workspace) -> None:
    cases = refuse_cases(town.key)
    good = make_question(town.key, "good", request_about(3))
    outcomes = responder.answer_group([*(sent for sent, _ in cases.values()), good])
    found = {name: outcome.error.code for name, outcome in zip(cases, outcomes, strict=False) if outcome.error}
    assert found == {name: code for name, (_, code) in cases.items()}
    assert outcomes[-1].files is not None
    with responder.gateway.store.read() as tx:
        assert log.tree_size(tx) == len(cases) + 2


def test_ids_that_look_alike_in_one_group_end_one_of_them(responder: QuestionResponder, town: Workspace) -> None:
    questions = [make_question(town.key, name, request_about(n)) for name, n in (("O-1", 1), ("0-1", 3), ("x", 4))]
    outcomes = responder.answer_group(questions)
    assert [read_answer(outcome)[1] for outcome in outcomes] == ["CONFIRMED", "batch_conflict", "CONFIRMED"]


def test_a_fault_of_one_question_harms_no_other(world: Workspace, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    store_release = pipeline.Verification._store_release

    def fail(self: Any, *rest: Any) -> Any:
        stored = store_release(self, *rest)
        if self.batch_id == "q2":
            raise RuntimeError("the disk had a bad moment")
        return stored

    questions = [make_question(world.key, f"q{n}", request_about(n)) for n in (1, 2, 3)]
    with open_responder(world, home) as responder:
        with monkeypatch.context() as broken:
            broken.setattr(pipeline.Verification, "_store_release", fail)
            outcomes = responder.answer_group(questions)
        assert [read_answer(outcome)[1] for outcome in outcomes] == ["CONFIRMED", "service_fault", "CONFIRMED"]
        assert read_answer(responder.answer_group(questions[1:2])[0])[1] == "CONFIRMED"
    check_home(home)


def test_an_order_holds_questions_until_it_ends(responder: QuestionResponder, town: Workspace) -> None:
    questions = [make_question(town.key, f"q{n}", request_about(n)) for n in (1, 3)]
    before = responder.answer_group(questions[:1])
    order = build_order(
        {"id": "X1", "dated": AUGUST_2025.date(), "instruments": ["tro"], "binds": ["irs"], "prohibits": ["disclose"]}
    )
    store, law = responder.gateway.store, load_law()
    order_filings.enter_order(store, order, JO, law=law, at=AUGUST_2025)
    with store.read() as tx:
        size = log.tree_size(tx)
    for _ in range(3):
        outcomes = responder.answer_group(questions)
        assert [read_answer(outcome)[1] for outcome in outcomes] == ["held", "held"]
        assert all(outcome.files is None for outcome in outcomes)
    with store.read() as tx:
        assert log.tree_size(tx) <= size + 2 + 2, "held for the same reasons is no new entry"
    for person in (SAM, JO):
        order_filings.withdraw_order(store, "X1", person, law=law, at=AUGUST_2025)
    after = responder.answer_group(questions)
    assert after[0].files == before[0].files
    assert after[1].files is not None


def test_an_order_between_judging_and_release_stops_the_group(
    responder: QuestionResponder, town: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = build_order(
        {"id": "X1", "dated": AUGUST_2025.date(), "instruments": ["tro"], "binds": ["irs"], "prohibits": ["disclose"]}
    )
    store, entered, decide = responder.gateway.store, list[Any](), pipeline.Verification.decide

    def enter_and_decide(self: Any, evidence: Any) -> Any:
        if not entered:
            entered.append(order_filings.enter_order(store, order, JO, law=load_law(), at=AUGUST_2025))
        return decide(self, evidence)

    monkeypatch.setattr(pipeline.Verification, "decide", enter_and_decide)
    questions = [make_question(town.key, f"q{n}", request_about(n)) for n in (1, 3)]
    assert [read_answer(outcome)[1] for outcome in responder.answer_group(questions)] == ["held", "held"]
    with store.read() as tx:
        assert all(batch.status == "held" for batch in batches.list_batches(tx))


def test_batches_and_questions_are_one_history(world: Workspace) -> None:
    """A person may be asked about twice; the third time is probing, in whatever form each time was."""
    rows = [request_about(1, request_id=f"r{n}", case_number=f"C-{n}") for n in range(3)]
    for name, kinds in {"home-1": "bqq", "home-2": "qqb"}.items():
        home, found = world.open_home(name), list[tuple[str, str]]()
        for n, (kind, row) in enumerate(zip(kinds, rows, strict=True)):
            if kind == "b":
                _, answers = world.verify_batch(world.write_batch(f"{name}-{n}", [row]), home=home)
                found += answers.values()
                continue
            with open_responder(world, home) as responder:
                (outcome,) = responder.answer_group([make_question(world.key, f"{name}-{n}", row)])
            found.append(read_answer(outcome)[1:])
        assert found == [("CONFIRMED", ""), ("CONFIRMED", ""), ("REFUSED", "p15_asked_again")], kinds
