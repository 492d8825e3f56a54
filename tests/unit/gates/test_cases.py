"""Runs every case of tests/cases, and sees that every rule has them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.gates import REGISTER, Rule
from comity.model.finding import Outcome
from tests.support.gate_batches import has_allowed_row, judge_batch, make_batch, refusing_rules
from tests.support.rule_cases import CASES_FOLDER, RULES_BY_ID, all_cases, case_files, judge_case

CASES = list(all_cases())
REFUSES = {"r00_law_on_file": "UNDETERMINED"}  # what the custodian lacks refuses nobody
SPRINGFIELD = {"city": "Springfield", "state": "IL", "zip": "62701"}


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{rule}: {case['name']}" for rule, case in CASES])
def test_case(rule: str, case: dict[str, Any]) -> None:
    outcome, finding, findings = judge_case(RULES_BY_ID[rule], case)
    assert outcome.name == case["finding"]
    if finding is not None:
        assert list(finding.order_ids) == case.get("orders", [])
        assert outcome in {Outcome.MET, Outcome.NOT_APPLICABLE} or not has_allowed_row(findings)


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_has_cases_both_ways(rule: Rule) -> None:
    found = {case["finding"] for name, case in CASES if name == rule.id}
    assert {"MET", REFUSES.get(rule.id, "NOT_MET")} <= found


def test_every_case_file_of_a_rule_names_a_registered_rule() -> None:
    tables = {"valid_addresses", "invalid_addresses"}
    rule_like = {path.stem for path in CASES_FOLDER.glob("[admnpr][0-9][0-9]_*.yaml")}
    assert rule_like == {path.stem for path in case_files()}
    assert tables <= {path.stem for path in CASES_FOLDER.glob("*.yaml")}


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_every_case_file_cites_its_law(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert len(document["citation"]) > 5
    assert len(document["law"]) > 20


def test_the_good_batch_is_allowed() -> None:
    assert has_allowed_row(judge_batch())


def _addresses(table: str) -> list[Mapping[str, str | None]]:
    listed = yaml.safe_load((CASES_FOLDER / f"{table}.yaml").read_text(encoding="utf-8"))["addresses"]
    return [{**SPRINGFIELD, "street": line} if isinstance(line, str) else line for line in listed]


VALID, INVALID = _addresses("valid_addresses"), _addresses("invalid_addresses")


def _of_different_people(rows: list[Mapping[str, str | None]]) -> list[Mapping[str, str | None]]:
    """Each row with a name of its own: one name at all of these addresses would be probing."""
    return [{"first_name": f"Ana{chr(97 + n // 26)}{chr(97 + n % 26)}", **row} for n, row in enumerate(rows)]


@cache
def _refused(table: str) -> list[set[str]]:
    """What is refused of every address of a table; judged when first asked for."""
    findings = judge_batch(make_batch(_of_different_people(_addresses(table))))
    return [refusing_rules(findings, row) for row in range(len(findings.row_findings.not_met))]


@pytest.mark.parametrize("row", range(len(VALID)), ids=lambda row: str(VALID[row]["street"]))
def test_a_valid_address_is_refused_by_no_rule(row: int) -> None:
    assert _refused("valid_addresses")[row] == set()


@pytest.mark.parametrize("row", range(len(INVALID)), ids=lambda row: str(INVALID[row]["street"]))
def test_an_invalid_address_is_refused_however_perfect_the_rest(row: int) -> None:
    assert {name[0] for name in _refused("invalid_addresses")[row]} == {"a"}


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert len(VALID) >= 80
    assert len(INVALID) >= 80
