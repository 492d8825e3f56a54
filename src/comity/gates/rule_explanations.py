"""What a rule asks, in its own words, for people who read a lint, a page or an answer: the rule's own docstring.

Guarantees: an explanation cannot go stale silently, because it is the text that describes the code.
Start at `explain`; `explain_whole` adds what passes, what is refused, and the law behind it.
"""

import re
from dataclasses import dataclass

from comity.gates.authority import citation_for_agreement
from comity.gates.register import REGISTER
from comity.gates.rule import Rule
from comity.law import Agreement, Element, Law

_RULE_BY_ID = {rule.id: rule for rule in REGISTER}
_OUTCOME_LABEL = re.compile(r"\b(MET|NOT_MET|UNDETERMINED|NOT_APPLICABLE): ")


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """A rule for people: what it asks, what it passes, refuses and leaves open, under which citation, by which words.

    `elements` are the provisions and clauses that it decides under the agreement.
    """

    rule: str
    requirement: str
    met_when: str
    not_met_when: str
    undetermined_when: str
    citation: str
    elements: tuple[Element, ...]

    @property
    def quotations(self) -> tuple[str, ...]:
        """The provisions in their own words, where those are on file; else in ours, without quotation marks."""
        return tuple(
            f"{e.citation}: "
            + (f"“{e.text}”" if e.text else e.text_or_summary)
            + (" [counsel must confirm]" if e.has_unconfirmed_words else "")
            for e in self.elements
        )


def rule_requirement(rule_id: str) -> str:
    """The first sentence of the rule's docstring: what must be so for the rule to be met.

    Raises:
        RuntimeError: no rule of the register has that id, or it has no docstring.
    """
    return _get_rule(rule_id).requirement


def explain_rule(rule_id: str, *, law: Law, agreement: Agreement | None, rows: bool) -> RuleExplanation:
    """All that a person needs in order to mend what a rule refuses.

    Args:
        rule_id: the rule.
        law: statutes and agreements on file.
        agreement: the one that the batch names, if it is on file.
        rows: whether the rule is meant as it judges each row, or as it judges the batch.

    Raises:
        RuntimeError: no rule of the register has that id.
    """
    rule = _get_rule(rule_id)
    said = _outcome_sentences((rule.rows if rows else rule.batch) or rule.rows or rule.batch)
    return RuleExplanation(
        rule.id,
        rule.requirement,
        said.get("MET", ""),
        said.get("NOT_MET", ""),
        said.get("UNDETERMINED", ""),
        citation_for_agreement(rule, agreement, law),
        _elements_decided_by(rule, law, agreement),
    )


def _get_rule(rule_id: str) -> Rule:
    if rule_id not in _RULE_BY_ID:
        raise RuntimeError("no rule of that name is in the register")
    return _RULE_BY_ID[rule_id]


def _outcome_sentences(function: object) -> dict[str, str]:
    """The docstring's sentences behind MET:, NOT_MET: and so on."""
    text = " ".join((getattr(function, "__doc__", None) or "").split())
    parts = _OUTCOME_LABEL.split(text)[1:]
    return {name: words.strip() for name, words in zip(parts[::2], parts[1::2], strict=True)}


def _elements_decided_by(rule: Rule, law: Law, agreement: Agreement | None) -> tuple[Element, ...]:
    rests_on = agreement.rests_on if agreement else tuple(law.statutes)
    statutes = [e for name in rests_on for e in law.statutes[name].elements if e.id in rule.elements]
    clauses = [e for e in (agreement.elements if agreement else ()) if rule.id in e.decided_by]
    return tuple({e.id: e for e in (*statutes, *clauses)}.values())
