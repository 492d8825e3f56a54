"""Batches full of recognizable values leave none of them in the operator's log, however they end."""

import json
from pathlib import Path
from typing import Any

import pytest

from comity.errors import ComityError
from comity.operator_log import open_log
from comity.pipeline import STAGES
from comity.store import batches
from tests.support.workspace import AFTER_ORDERS, RECORDS, Workspace, open_gateway_at, request_about

NUMBERS = {"tin": "912-77-4141", "zip": "98501-7341", "tax_year": "2023", "final_order_date": "2024-01-15"}


def read_lines(log_file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log_file.read_text(encoding="ascii").splitlines()]


def mark_row(number: int, mark: str) -> dict[str, str]:
    """A request about somebody on record, whose free text is marked."""
    row = request_about(number, **NUMBERS)
    marked = ("street2", "reason", "case_number", "request_id")
    return row | {name: f"{mark}{name.replace('_', '')}-{row[name][:20]}"[:60] for name in marked}


def test_no_value_of_a_request_or_record_is_logged(world: Workspace, tmp_path: Path) -> None:
    log_file, home = tmp_path / "operator.log", world.open_home()
    home_error: list[str] = []
    open_log(str(log_file))
    try:
        answered = world.write_batch("Zqmark-answered", [mark_row(1, "Zqmark"), mark_row(3, "Zqmark")])
        result, answers = world.verify_batch(answered, home=home)
        world.verify_batch(answered, home=home, out=tmp_path / "again")
        world.verify_batch(world.write_batch("Zqmark-held", [mark_row(2, "Zqmark")]), home=home, at=AFTER_ORDERS)
        broken = world.write_batch("Zqmark-broken", [mark_row(4, "Zqmark")])
        (broken / "batch.json").write_text('{"Zqmark": "Zqmark')
        with pytest.raises(ComityError) as refused:
            world.verify_batch(broken, home=home, at=AFTER_ORDERS)
        home_error.append(refused.value.code)
        usurper = Workspace(tmp_path / "usurper", world.index, world.key)
        usurper.root.mkdir()
        with pytest.raises(ComityError):
            usurper.verify_batch(
                usurper.write_batch("Zqmark-answered", [mark_row(5, "Zqmark")]), home=home, at=AFTER_ORDERS
            )
    finally:
        open_log(None)
    with open_gateway_at(home, AFTER_ORDERS) as gateway, gateway.store.read() as tx:
        names = {batch.display_id: batch.batch_id[:16] for batch in batches.list_batches(tx)}
    lines, text = read_lines(log_file), log_file.read_text().casefold()
    assert len(answers) == 2
    assert home_error == ["batch_unreadable"]
    assert [line["stage"] for line in lines if line.get("stage")][: len(STAGES)] == list(STAGES)
    assert [line["event"] for line in lines if "stage" not in line] == [
        "batch_answered",
        "batch_answered",
        "batch_held",
        "batch_unreadable",
    ]
    assert lines[-1] | {"at": 0, "seconds": 0} == {
        "at": 0,
        "event": "stage_failed",
        "batch": names["Zqmark-answered"],
        "stage": "receive",
        "rows": 1,
        "seconds": 0,
        "code": "batch_conflict",
    }
    assert result.counts_by_code
    in_order = (
        [names["Zqmark-answered"]] * (len(STAGES) + 1) + [names["Zqmark-answered"]] * 4 + [names["Zqmark-held"]] * 3
    )
    assert [line["batch"] for line in lines if "batch" in line] == [*in_order, names["Zqmark-answered"]]
    values = {value for record in RECORDS for name, value in record.items() if name not in {"role", "tax_year"}}
    values |= {*NUMBERS.values(), "Zqmark", "CONFIRMED", *result.counts_by_code, str(tmp_path), "us-dhs-ice", "irs-ice"}
    assert [value for value in values if len(value) > 2 and value.casefold() in text] == []
