"""Lawful requests of every shape, none of which any rule may refuse or hold (promise 6, two-sided)."""

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from comity.law import load_law
from comity.model.finding import Findings
from tests.support.gate_batches import VALID_MANIFEST, evaluate_batch, has_allowed_row, make_batch, refusing_rules
from tests.support.rule_cases import CASES_FOLDER

TABLE = yaml.safe_load((CASES_FOLDER / "valid_requests.yaml").read_text(encoding="utf-8"))
ROWS = [(shape, row) for shape, rows in TABLE["rows"].items() for row in rows]
MANIFESTS = [(shape, manifest) for shape, manifests in TABLE["manifests"].items() for manifest in manifests]


def _distinct_rows() -> Iterator[dict[str, Any]]:
    """Yield the rows, each about another person, with its own case and reason unless the row gives them."""
    for number, (_, row) in enumerate(ROWS):
        word = hashlib.sha256(str(number).encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
        case = {
            "case_number": f"24-{number + 1}",
            "reason": f"Residence in 2023 bears on count {number} of the indictment",
        }
        person = {"first_name": word[:7], "last_name": word[7:16], "tin": str(900_100_000 + number * 7_919)}
        yield {**case, **person, "street": f"{100 + 53 * number} {word[16:22]} St", **row}


@cache
def _findings() -> Findings:
    return evaluate_batch(make_batch(list(_distinct_rows())))


def test_the_batch_of_every_shape_is_allowed() -> None:
    findings = _findings()
    assert [f.rule for f in findings.batch_findings if f.is_blocking] == []
    assert not findings.row_findings.undetermined.any()


@pytest.mark.parametrize(
    "row", range(len(ROWS)), ids=lambda row: f"{ROWS[row][0]}: {' '.join(map(str, ROWS[row][1].values()))}"
)
def test_a_valid_row_is_refused_by_no_rule(row: int) -> None:
    assert refusing_rules(_findings(), row) == set()


@pytest.mark.parametrize("number", range(len(MANIFESTS)), ids=lambda number: f"{MANIFESTS[number][0]}-{number}")
def test_a_valid_manifest_is_refused_by_no_rule(number: int) -> None:
    manifest = dict(MANIFESTS[number][1])
    row = manifest.pop("rows", {})
    if plan := manifest.pop("plan_dated", None):
        manifest["attestations"] = [
            *VALID_MANIFEST["attestations"][:3],
            {**VALID_MANIFEST["attestations"][3], "on": str(plan)},
        ]
    findings = evaluate_batch(make_batch([row], manifest))
    assert [f.rule for f in findings.batch_findings if f.is_blocking] == []
    assert has_allowed_row(findings)
    assert refusing_rules(findings, 0) == set()


def test_every_office_that_the_agreement_names_may_sign() -> None:
    """A new way of writing an office belongs in the table too."""
    listed = {str(m["signer"]["office"]).casefold() for m in TABLE["manifests"]["signers"]}
    for office in load_law().get_agreement("irs-ice-2025").offices:
        assert office.title.casefold() in listed


def test_the_table_has_every_shape() -> None:
    assert set(TABLE["rows"]) == {"names", "numbers", "years", "statutes", "codes", "reasons", "cases", "dates"}
    assert set(TABLE["manifests"]) == {"signers", "requesters", "authorities", "officers", "times", "attestations"}
    assert len(ROWS) + len(MANIFESTS) >= 80
