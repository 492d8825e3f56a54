"""Every rule's cases by that rule alone: fast enough to run once for each mutant (tools/mutation)."""

from datetime import datetime
from functools import cache
from typing import Any

import pytest

from comity.gates import REGISTER, Rule, evaluate_gates
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.law import Law
from comity.model.batch import Batch
from comity.model.finding import Outcome
from comity.model.history import History
from tests.support.gate_batches import JUDGED_AT
from tests.support.rule_cases import all_cases, build_batch, build_history, build_law, parse_case_time

PreparedCase = tuple[dict[str, Any], Batch, Law, datetime, History]


@cache
def prepared_cases(rule: str) -> tuple[PreparedCase, ...]:
    """Build a rule's cases with their facts, once."""
    cases = [case for name, case in all_cases() if name == rule]
    return tuple((case, build_batch(case), *_law_time_and_history(case)) for case in cases)


def _law_time_and_history(case: dict[str, Any]) -> tuple[Law, datetime, History]:
    law, at = build_law(case), parse_case_time(case.get("at")) or JUDGED_AT
    return law, at, build_history(case, law, at)


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_alone(rule: Rule) -> None:
    for case, batch, law, at, history in prepared_cases(rule.id):
        if "row" in case or (rule.batch is None and {"rows", "asks"} & set(case)):
            assert rule.rows is not None
            facts = Facts(batch, law, at, history, law.agreements.get(batch.manifest.agreement))
            outcomes = rule.rows(facts, RequestColumns(batch.requests))
            assert outcomes.shape == (batch.row_count,)
            assert outcomes.dtype.name == "int8"
            outcome = Outcome(int(outcomes[case.get("of_row", 1) - 1]))
        else:
            findings = evaluate_gates(batch, law=law, at=at, history=history, register=[rule]).batch_findings
            finding = next(finding for finding in findings if finding.rule == rule.id)
            outcome = finding.outcome
            assert finding.citation == rule.citation
            assert list(finding.order_ids) == case.get("orders", [])
        assert outcome.name == case["finding"], case["name"]
