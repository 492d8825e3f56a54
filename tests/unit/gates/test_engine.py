"""The engine fails closed, returns every finding, and puts no value into a message, whatever the rules answer."""

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from comity.columns.buffers import Int8s
from comity.columns.parallel import PARALLEL_MIN_ROWS
from comity.gates import REGISTER, Rule, evaluate_gates
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.law import load_law
from comity.model.finding import Finding, Findings, Outcome
from comity.model.history import History
from comity.model.request_fields import REQUEST_FIELDS
from tests.support.gate_batches import (
    JUDGED_AT,
    VALID_MANIFEST,
    VALID_ROW,
    evaluate_batch,
    has_allowed_row,
    make_batch,
    refusing_rules,
)
from tests.support.rule_cases import all_cases, evaluate_case

HOSTILE = (
    "\u202eteertS niaM 321",
    "e\u0301" * 50,
    "'",
    '"',
    "\u200b\u200d\ufeff",
    "\U0001f3e0 12 Main St",
    "12 Main St\t\r\n",
    "(" * 300,
    "\\",
    "%",
    "{0}{x}",
    "12 " * 400,
    "0" * 400,
    "\u0660\u0661\u0662",
    "C/O" * 90,
    "a" * 1_000_000,
    "\u4e2d" * 5000,
    "12 Main St, " + "Springfield IL 62701 " * 30,
    "-" * 260,
    "#" * 40,
    ";DROP TABLE",
    "\x7f",
    "é" * 249 + "x",
)


def _evaluate_with(register: list[Rule]) -> Findings:
    return evaluate_gates(make_batch(), law=load_law(), at=JUDGED_AT, history=History(), register=register)


def test_an_empty_register_lets_nothing_through() -> None:
    assert not has_allowed_row(_evaluate_with([]))


@pytest.mark.parametrize("is_kept", [lambda rule: rule.rows is None, lambda rule: rule.batch is None])
def test_a_register_of_one_kind_lets_nothing_through(is_kept: Callable[[Rule], bool]) -> None:
    assert not has_allowed_row(_evaluate_with([rule for rule in REGISTER if is_kept(rule)]))


def _raises(_facts: Facts, _rows: RequestColumns) -> Any:
    raise ZeroDivisionError("12 Main St")


BROKEN_FUNCTIONS: dict[str, Callable[[Facts, RequestColumns], Any]] = {
    "raises": _raises,
    "too short": lambda _facts, rows: np.zeros(rows.num_rows - 1, dtype=np.int8),
    "not an outcome": lambda _facts, rows: np.full(rows.num_rows, 9, dtype=np.int8),
    "negative": lambda _facts, rows: np.full(rows.num_rows, -1, dtype=np.int8),
    "floats": lambda _facts, rows: np.zeros(rows.num_rows),
    "none": lambda _facts, _rows: None,
    "a list": lambda _facts, rows: [0] * rows.num_rows,
}


def _break_rule(rule: Rule, part: str, fault: str) -> Rule:
    function = BROKEN_FUNCTIONS[fault]
    return dataclasses.replace(rule, batch=function) if part == "batch" else dataclasses.replace(rule, rows=function)


PARTS = [(n, part) for n, rule in enumerate(REGISTER) for part in ("batch", "rows") if getattr(rule, part)]


@pytest.mark.parametrize("fault", BROKEN_FUNCTIONS)
@pytest.mark.parametrize(("position", "part"), PARTS, ids=[f"{REGISTER[n].id}-{part}" for n, part in PARTS])
def test_a_broken_rule_lets_nothing_through(position: int, part: str, fault: str) -> None:
    rule = REGISTER[position]
    findings = _evaluate_with([*REGISTER[:position], _break_rule(rule, part, fault), *REGISTER[position + 1 :]])
    assert not has_allowed_row(findings)
    assert rule.id in {finding.rule for finding in findings.undetermined_findings}
    assert not any("Main" in finding.message for finding in findings.batch_findings)
    assert {finding.rule for finding in findings.batch_findings} >= {r.id for r in REGISTER if r.batch}


@pytest.mark.parametrize("rows", [1, PARALLEL_MIN_ROWS + 1], ids=["few", "many"])
@pytest.mark.parametrize("column", ["street", "last_name", "zip", "tin", "reason", "case_number", "tax_year"])
def test_an_unreadable_column_leaves_its_questions_open(column: str, rows: int) -> None:
    batch = make_batch([VALID_ROW])
    requests = pa.concat_tables([batch.requests.drop_columns([column])] * rows).combine_chunks()
    findings = evaluate_batch(dataclasses.replace(batch, requests=requests))
    assert not has_allowed_row(findings)
    assert findings.undetermined_findings
    assert {finding.rule for finding in findings.batch_findings} >= {r.id for r in REGISTER if r.batch}


def test_a_rule_that_answers_for_another_lets_nothing_through() -> None:
    wrong_id = dataclasses.replace(REGISTER[0], batch=lambda _f, _r: Finding("r99_other", Outcome.MET, "none", "fine"))
    assert not has_allowed_row(_evaluate_with([wrong_id, *REGISTER[1:]]))


def test_more_row_rules_than_bits_is_a_programming_error() -> None:
    rows = next(rule for rule in REGISTER if rule.rows is not None)
    assert len(_evaluate_with([rows] * 62).row_findings.rules) == 62
    with pytest.raises(RuntimeError):
        _evaluate_with([rows] * 63)


def test_a_time_without_a_zone_is_a_programming_error() -> None:
    with pytest.raises(RuntimeError):
        evaluate_gates(make_batch(), law=load_law(), at=datetime(2025, 8, 7), history=History())  # noqa: DTZ001


def test_every_finding_is_returned_when_everything_is_wrong() -> None:
    wrong = make_batch(
        [dict.fromkeys(REQUEST_FIELDS)],
        {"agreement": "another", "officers": [], "attestations": [], "elements": [], "statutory_authority": ""},
        signer_key_id=None,
        requests_sha256="0",
    )
    findings = evaluate_batch(wrong)
    assert len({f.rule for f in findings.batch_findings}) == len(findings.batch_findings)
    assert {f.rule for f in findings.batch_findings} >= {rule.id for rule in REGISTER if rule.batch}
    assert findings.row_findings.rules == tuple(rule.id for rule in REGISTER if rule.rows)
    assert not has_allowed_row(findings)


def test_the_first_row_rule_is_the_first_bit() -> None:
    findings = evaluate_batch(make_batch([{"officer_id": "nobody"}, {"final_order_date": None}]))
    assert refusing_rules(findings, 0) == {"r03_officer_engagement"}
    assert int(findings.row_findings.not_met[0]) == 1
    assert refusing_rules(findings, 1) == {"d01_final_order_date"}
    assert int(findings.row_findings.not_met[1]) == 1 << findings.row_findings.rules.index("d01_final_order_date")


def test_one_valid_row_is_allowed_beside_invalid_ones() -> None:
    bad: list[dict[str, str | None]] = [
        {"case_number": None},
        {"tax_year": "all years"},
        {"statute": "8 USC 1231"},
        {"reason": None},
    ]
    findings = evaluate_batch(make_batch([*bad, {}]))
    assert has_allowed_row(findings)
    assert [bool(mask) for mask in findings.row_findings.not_met] == [True] * 4 + [False]


def test_the_file_of_2025_as_it_was_sent_is_refused_whole() -> None:
    batch = make_batch(
        [{"tin": "900000001", "reason": None, "case_number": None} for _ in range(600)],
        {"attestations": VALID_MANIFEST["attestations"][1:3]},
    )
    refused = {finding.rule for finding in evaluate_batch(batch).refusals}
    assert refused == {"r03_officer_engagement", "r05_case_number", "r07_specific_reason", "r08_safeguards"}


DELETED: dict[str, Any] = {
    "batch_id": "",
    "requester": "",
    "signer": {"name": "", "office": ""},
    "agreement": "",
    "statutory_authority": "",
    "officers": [],
    "attestations": [],
    "sha256": "",
    "elements": [],
}


@cache
def _refused_cases() -> list[tuple[Rule, dict[str, Any]]]:
    """Return up to two small batch cases of every rule that are not allowed."""
    cases: list[tuple[Rule, dict[str, Any]]] = []
    for rule in REGISTER:
        of_rule = [case for name, case in all_cases() if name == rule.id and "row" not in case]
        failing = [case for case in of_rule if case["finding"] in {"NOT_MET", "UNDETERMINED"}]
        cases += [(rule, case) for case in failing if case.get("rows", {}).get("count", 0) < 30][:2]
    return [(rule, case) for rule, case in cases if not has_allowed_row(evaluate_case(rule, case)[2])]


@pytest.mark.parametrize("field", DELETED)
def test_deleting_a_field_never_turns_refused_into_allowed(field: str) -> None:
    """Delete one field from a few refused cases of every rule; empty `elements` ask for nothing, which is refused."""
    for rule, case in _refused_cases():
        manifest = {**case.get("manifest", {}), field: DELETED[field]}
        with suppress(ValidationError):  # what cannot be read is refused before it gets here
            assert not has_allowed_row(evaluate_case(rule, {**case, "manifest": manifest})[2]), (rule.id, case["name"])


@pytest.mark.parametrize(
    "field",
    ["requester", "signer", "agreement", "statutory_authority", "officers", "attestations", "sha256", "elements"],
)
def test_a_manifest_without_one_field_is_not_allowed(field: str) -> None:
    with suppress(ValidationError):
        assert not has_allowed_row(evaluate_batch(make_batch(manifest={field: DELETED[field]})))


@pytest.mark.parametrize("removed", range(4))
def test_a_manifest_without_one_attestation_is_not_allowed(removed: int) -> None:
    attestations = [a for i, a in enumerate(VALID_MANIFEST["attestations"]) if i != removed]
    assert not has_allowed_row(evaluate_batch(make_batch(manifest={"attestations": attestations})))


@pytest.mark.parametrize(
    "field",
    [
        "first_name",
        "last_name",
        "street",
        "tax_year",
        "statute",
        "reason",
        "case_number",
        "final_order_date",
        "officer_id",
    ],
)
def test_a_row_without_a_field_that_the_agreement_needs_is_refused(field: str) -> None:
    findings = evaluate_batch(make_batch([{field: None}, {}]))
    assert refusing_rules(findings, 0)
    assert not refusing_rules(findings, 1)
    assert field in load_law().get_agreement("irs-ice-2025").needs


@pytest.mark.parametrize("field", [name for name in REQUEST_FIELDS if name != "request_id"])
def test_hostile_text_raises_nothing_and_leaves_no_question_open(field: str) -> None:
    findings = evaluate_batch(
        make_batch([*({field: text} for text in HOSTILE), {"first_name": "Luz", "case_number": "24-2"}])
    )
    assert not [f for f in findings.undetermined_findings if "could not be applied" in f.message]
    assert not refusing_rules(findings, len(HOSTILE))


@given(
    st.lists(st.dictionaries(st.sampled_from(REQUEST_FIELDS), st.none() | st.text(max_size=40)), min_size=1, max_size=8)
)
@settings(max_examples=60, deadline=None)
def test_no_message_carries_a_value_and_no_rule_raises(rows: list[dict[str, str | None]]) -> None:
    rows = [{key: value.replace("\x00", "") if value else None for key, value in row.items()} for row in rows]
    findings = evaluate_batch(make_batch(rows))
    assert not [f for f in findings.batch_findings if "could not be applied" in f.message]
    messages = " ".join(f.message for f in findings.batch_findings)
    for value in (v for row in rows for v in row.values()):
        if value and len(value) > 12 and value not in VALID_ROW.values():
            assert value not in messages


@given(st.permutations(range(6)))
@settings(max_examples=20, deadline=None)
def test_a_row_has_the_same_outcome_at_every_position(order: list[int]) -> None:
    rows: list[dict[str, str | None]] = [
        {},
        {"street": "Unknown Address"},
        {"zip": "75001"},
        {"tax_year": None},
        {"street": "PO Box 9"},
        {"street": "123 Springfield IL 62701"},
    ]
    plain = evaluate_batch(make_batch(rows)).row_findings.not_met
    moved = evaluate_batch(make_batch([rows[i] for i in order])).row_findings.not_met
    assert [int(plain[i]) for i in order] == [int(mask) for mask in moved]


def test_a_table_in_several_chunks_has_the_same_outcomes() -> None:
    whole = make_batch([{}, {"street": "Unknown Address"}, {"street": "12 Oak St"}])
    in_chunks = pa.concat_tables([whole.requests.slice(0, 1), whole.requests.slice(1)])
    expected, result = evaluate_batch(whole), evaluate_batch(dataclasses.replace(whole, requests=in_chunks))
    assert result.row_findings.not_met.tolist() == expected.row_findings.not_met.tolist()


def test_row_functions_return_int8() -> None:
    facts = Facts(make_batch(), load_law(), JUDGED_AT, History(), load_law().get_agreement("irs-ice-2025"))
    for rule in REGISTER:
        if rule.rows is not None:
            outcome: Int8s = rule.rows(facts, RequestColumns(make_batch().requests))
            assert outcome.dtype == np.int8
