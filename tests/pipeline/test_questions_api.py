"""Single questions over the API: from a signed document to files that verify, always after the same time."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.settings import ServiceSettings
from comity.app.use_cases.question_server import compute_departure, run_asker
from comity.intake import SentQuestion
from comity.law import load_law
from comity.ledger import log
from comity.orders import order_filings
from comity.questions import QuestionResponder
from tests.support.api_client_key import TokenClient, enroll_client
from tests.support.api_service import ApiServer, Reply, make_settings, serve_api
from tests.support.rule_cases import build_order
from tests.support.single_questions import make_question
from tests.support.two_persons import JO, SAM
from tests.support.workspace import AUGUST_2025, Workspace, request_about

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

STEP_SECONDS = 0.25
JSON = {"Content-Type": "application/json"}


@dataclass
class Questions:
    """A service with its asker, and two agencies' clients."""

    world: Workspace
    home: Home
    server: ApiServer
    client: TokenClient
    stranger: TokenClient

    def make(self, batch_id: str, number: int, **changes: str) -> bytes:
        return encode(make_question(self.world.key, batch_id, request_about(number, **changes)))

    def ask(self, body: bytes, *, key: str = "", client: TokenClient | None = None, is_waiting: bool = True) -> Reply:
        headers = {"Idempotency-Key": key or secrets.token_hex(16), **JSON}
        reply = (client or self.client).send("POST", "/v1/questions", body, headers)
        while is_waiting and reply.status == 202:  # on a machine that is busy
            reply = (client or self.client).send("POST", "/v1/questions", body, headers)
        return reply


def encode(sent: SentQuestion) -> bytes:
    names = ("manifest", "signature", "request")
    return json.dumps({name: getattr(sent, name).decode() for name in names}).encode()


@pytest.fixture(scope="module")
def questions(town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Questions]:
    """One service and one asker for the module."""
    world = Workspace(tmp_path_factory.mktemp("ask"), town.index, town.key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: AUGUST_2025)
        home = world.open_home()
        key, other = enroll_client(home), enroll_client(home, requester="us-other")
        settings = make_settings(world.root, index=town.index, requests_per_second=1000)
        with serve_api(settings) as server, run_beside(settings):
            clients = [TokenClient(server, one) for one in (key, other)]
            for client in clients:
                client.log_in()
            yield Questions(world, home, server, *clients)


@contextmanager
def run_beside(settings: ServiceSettings) -> Iterator[None]:
    """Run an asker in a thread."""
    stop, ready, faults = threading.Event(), threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            run_asker(settings, stop, on_ready=ready.set)
        except BaseException as fault:  # noqa: BLE001  shown at the end
            faults.append(fault)
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(60)
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert faults == []


def test_a_question_is_answered_with_files_of_a_batch(questions: Questions) -> None:
    reply = questions.ask(questions.make("api-1", 1))
    assert reply.status == 200, reply
    assert (reply.json["batch_id"], reply.json["state"], reply.json["rules"]) == ("api-1", "answered", [])
    assert reply.json["files"]["answers.csv"].splitlines()[1].endswith(",CONFIRMED,")
    assert {"answers.json", "answers.json.jws", "receipt.tlog-proof"} <= set(reply.json["files"])
    assert questions.client.send("GET", "/v1/batches/api-1").code == "not_found", "it is no upload"


def test_the_same_key_gives_the_same_answer_and_no_other_question(questions: Questions) -> None:
    key, body = secrets.token_hex(16), questions.make("api-2", 3)
    first, again = questions.ask(body, key=key), questions.ask(body, key=key)
    assert first.status == again.status == 200
    assert first.body == again.body
    other = questions.ask(questions.make("api-3", 4), key=key)
    assert (other.status, other.code) == (422, "key_reused")
    assert questions.ask(body, key="short").code == "key_missing"
    assert questions.ask(body).body == first.body, "a new key for the same batch_id is the same question"


def test_what_is_sent_in_another_name_or_form_is_refused(questions: Questions) -> None:
    body = questions.make("api-4", 4)
    foreign = questions.ask(body, client=questions.stranger)
    assert (foreign.status, foreign.code) == (422, "manifest_refused")
    document = json.loads(body)
    for change in ({"manifest": ""}, {"manifest": 7}, {"request": None}, {"extra": "x"}, {"signature": "\ud800"}):
        reply = questions.ask(json.dumps(document | change).encode())
        assert (reply.status, reply.code) == (400, "request_invalid"), change
    assert b"Zzyzx" not in questions.ask(json.dumps(document | {"Zzyzx": 1}).encode()).body, "nor a member's name"
    for broken in (b"{", b"[]", b"[" * 60_000, b"\xff" * 100):
        assert questions.ask(broken).code == "request_invalid"
    assert questions.ask(b" " * 70_000).code == "too_large"
    unsigned = questions.ask(json.dumps(document | {"signature": "a.b.c"}).encode())
    assert (unsigned.status, unsigned.code) == (403, "batch_unsigned")
    twice = questions.ask(json.dumps(document | {"request": document["request"] * 2}).encode())
    assert (twice.status, twice.code) == (403, "batch_unsigned")
    assert questions.ask(body).status == 200


@pytest.mark.parametrize(("arrived", "done", "leaves"), [(1.0, 1.0, 1.25), (1.0, 1.25, 1.25), (1.0, 1.26, 1.5)])
def test_an_answer_leaves_whole_steps_after_its_question(arrived: float, done: float, leaves: float) -> None:
    assert compute_departure(arrived, done, STEP_SECONDS) == leaves


def test_the_time_says_nothing_of_what_was_looked_at(questions: Questions, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = QuestionResponder.answer_group
    pauses = iter((0.0, 0.1, 0.0, 0.1))

    def answer_slowly(self: Any, sent: Any) -> Any:
        outcomes = answer(self, sent)
        time.sleep(next(pauses))
        return outcomes

    monkeypatch.setattr(QuestionResponder, "answer_group", answer_slowly)
    bodies = [
        questions.make("time-1", 5),
        questions.make("time-2", 6, first_name="Nemo", last_name="Nobody"),
        questions.make("time-3", 7, case_number=""),
        questions.make("time-4", 8, statute="99 USC 1"),
    ]
    for body in bodies:
        began = time.monotonic()
        assert questions.ask(body).status == 200
        assert time.monotonic() - began >= STEP_SECONDS


def enter_order(questions: Questions) -> str:
    order = {
        "id": "X1",
        "dated": AUGUST_2025.date(),
        "instruments": ["tro"],
        "binds": ["irs"],
        "prohibits": ["disclose"],
    }
    with bootstrap.open_store(questions.home) as store:
        order_filings.enter_order(store, build_order(order), JO, law=load_law(), at=AUGUST_2025)
    return str(order["id"])


def test_an_order_that_comes_while_an_answer_waits_to_leave_holds_it(
    questions: Questions, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, entered = QuestionResponder.answer_group, list[str]()

    def answer_and_enter(self: Any, sent: Any) -> Any:
        outcomes = answer(self, sent)
        if not entered:
            assert outcomes[0].files is not None, "it was answered, and checked"
            entered.append(enter_order(questions))
        return outcomes

    monkeypatch.setattr(QuestionResponder, "answer_group", answer_and_enter)
    body = questions.make("late", 2)
    held = questions.ask(body)
    assert (held.status, held.json["state"], held.json["files"]) == (200, "held", {})
    with bootstrap.open_store(questions.home) as store:
        for person in (SAM, JO):
            order_filings.withdraw_order(store, "X1", person, law=load_law(), at=AUGUST_2025)
    given = questions.ask(body)
    assert (given.json["state"], given.json["files"]["answers.csv"].count("CONFIRMED")) == ("answered", 1)


def test_a_question_that_takes_longer_is_answered_when_it_is_sent_again(
    questions: Questions, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, key = questions.make("slow", 1, request_id="slow", tax_year="2022", case_number="C-slow"), "k" * 20
    with monkeypatch.context() as slow:
        slow.setattr("comity.app.use_cases.asked_questions.SECONDS_TO_ANSWER", 0.1)
        reply = questions.ask(body, key=key, is_waiting=False)
    assert (reply.status, reply.json["state"]) == (202, "in_progress")
    assert int(reply.headers["retry-after"]) > 0
    assert questions.ask(body, key=key).status == 200


def test_nothing_of_a_question_is_on_disk(questions: Questions) -> None:
    body = questions.make("traces", 4, request_id="traces", last_name="Zzyzxmarker")
    assert questions.ask(body).status == 200
    folders = (questions.server.settings.work_folder, questions.home.path)
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        assert b"Zzyzxmarker" not in path.read_bytes(), path.name


def test_without_an_asker_questions_are_not_answered_and_batches_are(town: Workspace, tmp_path: Path) -> None:
    world = Workspace(tmp_path, town.index, town.key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: AUGUST_2025)
        key = enroll_client(world.open_home())
        with serve_api(make_settings(tmp_path, index=town.index, requests_per_second=1000)) as server:
            client = TokenClient(server, key)
            client.log_in()
            body = encode(make_question(town.key, "q1", request_about(1)))
            reply = client.send("POST", "/v1/questions", body, {"Idempotency-Key": "k" * 20, **JSON})
            assert (reply.status, reply.code) == (503, "questions_unavailable")
            assert client.send("GET", "/v1/batches").status == 200


def test_what_was_asked_is_in_the_ledger_once(questions: Questions) -> None:
    with bootstrap.open_store(questions.home) as store, store.read() as tx:
        size = log.tree_size(tx)
    questions.ask(questions.make("api-1", 1))
    with bootstrap.open_store(questions.home) as store, store.read() as tx:
        assert log.tree_size(tx) == size
