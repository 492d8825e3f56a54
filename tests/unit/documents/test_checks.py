"""Runs every case of every check, and sees that every check has them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.documents.checks import CHECKS, FORM_CHECKS
from comity.documents.checks.check import Check
from comity.documents.genuineness import DECISIVE
from comity.documents.inspect import inspect_document
from comity.model.finding import Finding
from tests.unit.documents.cases import AS_OF, all_cases, case_files, genuine, outcome_of, present, report_on

CASES = list(all_cases())
NOTES = {"zone_blind_spots", "hash_strength", "barcode_marks"}  # they settle nothing


@pytest.mark.parametrize(("check", "case"), CASES, ids=[f"{check}: {case['name']}" for check, case in CASES])
def test_case(check: str, case: dict[str, Any]) -> None:
    report = report_on(case)
    expected = {check: case["finding"]} if "finding" in case else case["findings"]
    assert {rule: outcome_of(report, rule) for rule in expected} == expected
    if "says" in case:
        assert case["says"] in next(found.message for found in report.findings if found.rule == check)
    if "genuine" in case:
        assert genuine(report) == case["genuine"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_has_cases_both_ways(check: Check) -> None:
    found = {
        outcome
        for name, case in CASES
        if name == check.id
        for outcome in ([case["finding"]] if "finding" in case else case["findings"].values())
    }
    assert ({"NOT_APPLICABLE", "none"} if check.id in NOTES else {"MET"}) <= found
    assert check.id in NOTES or {"NOT_MET", "UNDETERMINED"} & found


def test_every_case_file_is_of_a_check() -> None:
    assert {path.stem for path in case_files()} == {check.id for check in CHECKS}
    assert {check.id for check in CHECKS} > FORM_CHECKS
    assert {rule.split(".")[0] for rule in DECISIVE} < {check.id for check in CHECKS}


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_every_case_file_says_its_rule(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert len(document["basis"]) > 5
    assert len(document["rule"]) > 20


@pytest.mark.parametrize(("check", "case"), CASES, ids=[f"{check}: {case['name']}" for check, case in CASES])
def test_no_message_holds_a_value_of_the_paper(check: str, case: dict[str, Any]) -> None:
    findings: tuple[Finding, ...] = report_on(case).findings
    text = " ".join(finding.message for finding in findings).upper()
    for value in (
        "ERIKSSON",
        "ANNA",
        "L898902C3",
        "740812",
        "1974",
        "2036",
        "SAMPLE",
        "T64235789",
        "BROAD STREET",
        "08/12",
    ):
        assert value not in text
    assert all(finding.message.endswith((".", ")")) for finding in findings)


def test_a_security_object_cut_anywhere_is_never_genuine() -> None:
    presented, trust = present({})
    data = presented.security_object
    assert data is not None
    for length in range(len(data)):
        report = inspect_document(replace(presented, security_object=data[:length]), [], trust, AS_OF)
        assert genuine(report) != "MET", length
