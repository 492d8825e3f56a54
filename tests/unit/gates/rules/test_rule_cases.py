"""Every case of tests/cases, and that every rule has cases."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.gates import REGISTER, Rule
from comity.model.finding import Outcome
from tests.support.distinct_names import GIVEN_NAMES, SURNAMES
from tests.support.gate_batches import evaluate_batch, has_allowed_row, make_batch, refusing_rules
from tests.support.rule_cases import CASES_FOLDER, RULES_BY_ID, all_cases, case_files, evaluate_case

CASES = list(all_cases())
FAILING_OUTCOME = dict.fromkeys(("r00_law_on_file", "r17_flagged_words", "d02_order_outstanding"), "UNDETERMINED") | {
    "p17_second_number": "NOT_APPLICABLE"
}  # what the custodian lacks refuses no request, and words refuse none
SPRINGFIELD = {"city": "Springfield", "state": "IL", "zip": "62701"}


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{rule}: {case['name']}" for rule, case in CASES])
def test_case(rule: str, case: dict[str, Any]) -> None:
    outcome, finding, findings = evaluate_case(RULES_BY_ID[rule], case)
    assert outcome.name == case["finding"]
    if finding is not None:
        assert list(finding.order_ids) == case.get("orders", [])
        assert outcome in {Outcome.MET, Outcome.NOT_APPLICABLE} or not has_allowed_row(findings)


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_has_cases_both_ways(rule: Rule) -> None:
    outcomes = {case["finding"] for name, case in CASES if name == rule.id}
    assert {"MET", FAILING_OUTCOME.get(rule.id, "NOT_MET")} <= outcomes


def test_every_case_file_of_a_rule_names_a_registered_rule() -> None:
    tables = {"valid_addresses", "invalid_addresses"}
    case_names = {path.stem for path in CASES_FOLDER.glob("[admnpr][0-9][0-9]_*.yaml")}
    assert case_names == {path.stem for path in case_files()}
    assert tables <= {path.stem for path in CASES_FOLDER.glob("*.yaml")}


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_every_case_file_cites_its_law(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert len(document["citation"]) > 5
    assert len(document["law"]) > 20


def test_the_good_batch_is_allowed() -> None:
    assert has_allowed_row(evaluate_batch())


def _addresses(table: str) -> list[Mapping[str, str | None]]:
    addresses = yaml.safe_load((CASES_FOLDER / f"{table}.yaml").read_text(encoding="utf-8"))["addresses"]
    return [{**SPRINGFIELD, "street": line} if isinstance(line, str) else line for line in addresses]


VALID, INVALID = _addresses("valid_addresses"), _addresses("invalid_addresses")


def _of_different_people(rows: list[Mapping[str, str | None]]) -> list[Mapping[str, str | None]]:
    """Give each row a name of its own: one name at all of these addresses would be probing."""
    return [{"first_name": GIVEN_NAMES[n], "last_name": SURNAMES[n], **row} for n, row in enumerate(rows)]


@cache
def _refused(table: str) -> list[set[str]]:
    """Return the rules that refuse each address of a table; evaluated on first use."""
    findings = evaluate_batch(make_batch(_of_different_people(_addresses(table))))
    return [refusing_rules(findings, row) for row in range(len(findings.row_findings.not_met))]


@pytest.mark.parametrize("row", range(len(VALID)), ids=lambda row: str(VALID[row]["street"]))
def test_a_valid_address_is_refused_by_no_rule(row: int) -> None:
    assert _refused("valid_addresses")[row] == set()


@pytest.mark.parametrize("row", range(len(INVALID)), ids=lambda row: str(INVALID[row]["street"]))
def test_an_invalid_address_is_refused_however_perfect_the_rest(row: int) -> None:
    assert {name[0] for name in _refused("invalid_addresses")[row]} == {"a"}


def test_the_tables_have_enough_addresses() -> None:
    assert len(VALID) >= 80
    assert len(INVALID) >= 80
