"""Explanations of rules: the rule's own docstring, and the law in its own words."""

import pytest

from comity.gates import REGISTER, Rule, explain_rule, rule_requirement
from comity.law import load_law


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_explains_its_outcomes_and_quotes_its_law(rule: Rule) -> None:
    law = load_law()
    for rows in [rows for rows in (True, False) if (rule.rows if rows else rule.batch)]:
        explanation = explain_rule(rule.id, law=law, agreement=None, rows=rows)
        assert explanation.met_when
        assert explanation.not_met_when or rule.id == "r00_law_on_file"
        assert explanation.quotations
        assert explanation.citation == rule.citation


def test_words_that_counsel_must_confirm_are_marked() -> None:
    explanation = explain_rule("d04_protected_subject", law=load_law(), agreement=None, rows=False)
    assert explanation.quotations[0].endswith("[counsel must confirm]")


def test_an_unknown_rule_has_no_requirement() -> None:
    with pytest.raises(RuntimeError, match="x99_none"):
        rule_requirement("x99_none")
