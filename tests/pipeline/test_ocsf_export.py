"""What happened, as events of OCSF: each is of its class, and none says more than the published ledger."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from comity.app import clock
from comity.app.home import Home
from comity.app.use_cases.ledger_operations import publish_checkpoint
from comity.law import load_law
from comity.orders import order_filings
from comity.recall import RecallCriteria, issue_recall
from comity.store import batches
from tests.support.rule_cases import build_order
from tests.support.single_questions import make_question, open_responder
from tests.support.two_persons import JO, SAM, run_command
from tests.support.workspace import AUGUST_2025, Workspace, request_about

SCHEMA = json.loads((Path(__file__).parents[1] / "support" / "ocsf.schema.json").read_text())


@pytest.fixture(autouse=True)
def august(august_2025: None) -> None:
    """The machine's clock shows August 2025."""


def act(world: Workspace, home: Home) -> str:
    """Answer, refuse and hold questions, file an order, recall; return the name of a batch in the ledger."""
    order = {
        "id": "X1",
        "dated": AUGUST_2025.date(),
        "instruments": ["tro"],
        "binds": ["irs"],
        "prohibits": ["disclose"],
    }
    rows = [request_about(1), request_about(3, case_number=""), request_about(4)]
    questions = [make_question(world.key, f"q{number}", row) for number, row in enumerate(rows)]
    with open_responder(world, home) as responder:
        responder.answer_group(questions[:2])
        store, law = responder.gateway.store, load_law()
        order_filings.enter_order(store, build_order(order), JO, law=law, at=AUGUST_2025)
        responder.answer_group(questions[2:])
        for person in (SAM, JO):
            order_filings.withdraw_order(store, "X1", person, law=law, at=AUGUST_2025)
        issue_recall(
            store,
            law,
            RecallCriteria(rule="a07_number_and_street"),
            reason="The rule read these addresses wrongly.",
            at=clock.now(),
            acknowledge_by=AUGUST_2025.date(),
            certify_by=AUGUST_2025.date(),
        )
        with store.read() as tx:
            return batches.list_batches(tx)[0].batch_id


def test_events_are_of_their_classes_and_say_what_happened(world: Workspace, home: Home, tmp_path: Path) -> None:
    batch = act(world, home)
    publish_checkpoint(home.path, tmp_path / "public")
    out = tmp_path / "events.ocsf.jsonl"
    assert run_command("ledger", "export", str(tmp_path / "public"), "--out", str(out)) == 0
    events: list[dict[str, Any]] = [json.loads(line) for line in out.read_text().splitlines()]
    for event in events:
        jsonschema_rs.validate(SCHEMA, event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["time"] == int(AUGUST_2025.timestamp() * 1000)
    kinds = Counter(event["api"]["operation"] for event in events if "api" in event)
    assert kinds == {"release": 2, "hold": 1, "recall": 1}
    filed = [(event["entity"], event["activity_name"]) for event in events if "entity" in event]
    assert filed[0] == ({"type": "order", "uid": "X1"}, "Create")
    assert [name for _, name in filed] == ["Create", "Delete", "Delete"]
    assert any(event.get("resources") == [{"type": "batch", "uid": batch}] for event in events)
    sequence = [event["metadata"]["sequence"] for event in events]
    assert sequence == sorted(set(sequence))
    text = out.read_text()
    for word in ("Quintanilla", "us-dhs-ice", '"q0"', "CONFIRMED", "REFUSED"):
        assert word not in text
    changes: tuple[dict[str, Any], ...] = (
        {"class_uid": 6005},
        {"requester": "x"},
        {"time": "now"},
        {"src_endpoint": {}},
    )
    for change in changes:
        assert not jsonschema_rs.is_valid(SCHEMA, events[0] | change), "and another form would be seen"
