"""Every rule's cases by that rule alone, without the others: fast enough to run once for each mutant (bench/mutants.py)."""

from datetime import datetime
from functools import cache
from typing import Any

import pytest

from comity.gates import REGISTER, Rule, judge
from comity.gates.facts import Facts
from comity.gates.rows import Rows
from comity.law import Law
from comity.model.batch import Batch
from comity.model.finding import Outcome
from comity.model.history import History
from tests.unit.gates.batches import AT
from tests.unit.gates.cases import _batch, _law, _prior, _time, all_cases

Prepared = tuple[dict[str, Any], Batch, Law, datetime, History]


@cache
def prepared(rule: str) -> tuple[Prepared, ...]:
    """A rule's cases with their facts, built once."""
    cases = [case for name, case in all_cases() if name == rule]
    return tuple(
        (
            case,
            _batch(case),
            _law(case),
            _time(case.get("at")) or AT,
            History(tuple(map(_prior, case.get("history", ())))),
        )
        for case in cases
    )


ALONE = [rule for rule in REGISTER if not any("asked_before" in case for name, case in all_cases() if name == rule.id)]
"""Rules that look at what was asked before are run by test_cases.py, which answers it first."""


@pytest.mark.parametrize("rule", [r for r in ALONE if r.id != "d06_subject_twice"], ids=lambda rule: rule.id)
def test_alone(rule: Rule) -> None:
    for case, sent, law, at, history in prepared(rule.id):
        if "row" in case or (rule.batch is None and "each" in case.get("rows", {})):
            assert rule.rows is not None
            facts = Facts(sent, law, at, history, law.agreements.get(sent.manifest.agreement))
            outcomes = rule.rows(facts, Rows(sent.requests))
            assert outcomes.shape == (sent.rows,)
            assert outcomes.dtype.name == "int8"
            outcome = Outcome(int(outcomes[0]))
        else:
            found = judge(sent, law=law, at=at, history=history, register=[rule]).batch
            finding = next(finding for finding in found if finding.rule == rule.id)
            outcome = finding.outcome
            assert finding.citation == rule.citation
            assert list(finding.orders) == case.get("orders", [])
        assert outcome.name == case["finding"], case["name"]
