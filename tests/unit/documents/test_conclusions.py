"""Papers from end to end, by the law on file: what each shows, and what would settle the rest."""

from typing import Any

import pytest
import yaml

from comity.documents.inspect import inspect_document
from comity.documents.zone_rules import load_zone_rules
from comity.law.worth import load_evidence_table
from comity.model.document import InspectionReport, Proposition
from tests.unit.documents.cases import AS_OF, FOLDER, present

CASES = yaml.safe_load((FOLDER / "conclusions.yaml").read_text(encoding="utf-8"))["cases"]


def _report(case: dict[str, Any]) -> InspectionReport:
    presented, trust = present(case)
    return inspect_document(presented, load_evidence_table().rows(presented.kind, AS_OF), trust, AS_OF)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_conclusion(case: dict[str, Any]) -> None:
    report = _report(case)
    found = {name: report.conclusion(Proposition(name)).outcome.name for name in case["conclusions"]}
    assert found == case["conclusions"]
    for name, words in case.get("needs", {}).items():
        assert any(words in need for need in report.conclusion(Proposition(name)).would_settle)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_open_says_what_would_settle_it(case: dict[str, Any]) -> None:
    for found in _report(case).conclusions:
        if found.outcome.name == "UNDETERMINED" and found.if_genuine.name == "MET":
            assert found.would_settle or found.proposition is Proposition.FORM_SOUND


def test_every_kind_with_a_zone_is_in_the_evidence_table() -> None:
    assert set(load_zone_rules()) <= set(load_evidence_table().kinds)
