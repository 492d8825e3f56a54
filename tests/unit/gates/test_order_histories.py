"""Histories of court orders (tests/cases/order_histories): what is in force at each time, as a batch finds it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.gates.order_scope import blocking_orders
from comity.law import Agency, Law, load_law
from comity.law.court_order import CourtOrder
from comity.law.loader import assemble_law
from tests.support.gate_batches import make_batch
from tests.support.rule_cases import CASES_FOLDER, build_order, parse_case_time

FOLDER = CASES_FOLDER / "order_histories"


def list_histories() -> list[tuple[Path, dict[str, Any]]]:
    """Return every history with its file."""
    return [
        (path, history)
        for path in sorted(FOLDER.glob("*.yaml"))
        for history in yaml.safe_load(path.read_text(encoding="utf-8"))["histories"]
    ]


def build_history_law(history: dict[str, Any]) -> Law:
    """Return the law on file with a history's papers for its only orders."""
    shipped = load_law()
    orders = [CourtOrder.model_validate(build_order(paper)) for paper in history["papers"]]
    agencies = [*shipped.agencies.values(), *map(Agency.model_validate, history.get("also_on_file", ()))]
    pending = frozenset(history.get("pending", ()))
    law = assemble_law(shipped.statutes.values(), shipped.agreements.values(), orders, agencies, pending=pending)
    reviews = {order: tuple(map(parse_time, times)) for order, times in history.get("reviews", {}).items()}
    return Law(**{**vars(law), "order_reviews": reviews})


def parse_time(value: Any) -> datetime:
    """Return a time of a history, in UTC unless it says otherwise."""
    time = parse_case_time(value)
    assert time is not None
    return time


@pytest.mark.parametrize(
    "history", [history for _, history in list_histories()], ids=[history["name"] for _, history in list_histories()]
)
def test_history(history: dict[str, Any]) -> None:
    law = build_history_law(history)
    for day in history["days"]:
        rows = [{"state": state} for state in day.get("addresses_in", ["IL"])]
        found = blocking_orders(make_batch(rows), law=law, at=parse_time(day["at"]))
        assert {order.id for order in found} == set(day["in_force"]), (day["at"], day.get("because", ""))


def test_there_are_enough_histories_each_with_a_name_of_its_own() -> None:
    names = [history["name"] for _, history in list_histories()]
    assert len(set(names)) == len(names) >= 40


def test_every_file_says_what_it_is_about() -> None:
    for path in FOLDER.glob("*.yaml"):
        assert len(yaml.safe_load(path.read_text(encoding="utf-8"))["about"]) > 20
