"""Explain a rule to people who read a lint, a page or an answer: the text is the rule's own docstring.

Guarantees: an explanation cannot become outdated in silence, because it is the text that documents the code.
Start at `rule_requirement`; `explain_rule` adds what passes, what is refused, and the law.
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
    """A rule in words: what it requires, when it is met, not met or undetermined, its citation and its law.

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
        """Return the provisions: quoted if their text is on file, else our summary without quotation marks."""
        return tuple(
            f"{e.citation}: "
            + (f"“{e.text}”" if e.text else e.text_or_summary)
            + (" [counsel must confirm]" if e.has_unconfirmed_words else "")
            for e in self.elements
        )


def rule_requirement(rule_id: str) -> str:
    """Return the first sentence of a rule's docstring: what must be so for the rule to be met.

    Raises:
        RuntimeError: no rule of the register has that id, or it has no docstring.
    """
    return _get_rule(rule_id).requirement


def explain_rule(rule_id: str, *, law: Law, agreement: Agreement | None, rows: bool) -> RuleExplanation:
    """Return all that a person needs to correct what a rule refuses.

    Args:
        rule_id: the rule.
        law: statutes and agreements on file.
        agreement: the one that the batch names, if it is on file.
        rows: explain the rule as applied to each row, not to the batch.

    Raises:
        RuntimeError: no rule of the register has that id.
    """
    rule = _get_rule(rule_id)
    sentences = _outcome_sentences((rule.rows if rows else rule.batch) or rule.rows or rule.batch)
    return RuleExplanation(
        rule.id,
        rule.requirement,
        sentences.get("MET", ""),
        sentences.get("NOT_MET", ""),
        sentences.get("UNDETERMINED", ""),
        citation_for_agreement(rule, agreement, law),
        _elements_decided_by(rule, law, agreement),
    )


def _get_rule(rule_id: str) -> Rule:
    if rule_id not in _RULE_BY_ID:
        raise RuntimeError(f"no rule of the register is called {rule_id!r}: use the id in a finding's `rule`")
    return _RULE_BY_ID[rule_id]


def _outcome_sentences(function: object) -> dict[str, str]:
    """Return the docstring's sentences after MET:, NOT_MET: and so on, by outcome."""
    text = " ".join((getattr(function, "__doc__", None) or "").split())
    labels_and_texts = _OUTCOME_LABEL.split(text)[1:]
    return {label: words.strip() for label, words in zip(labels_and_texts[::2], labels_and_texts[1::2], strict=True)}


def _elements_decided_by(rule: Rule, law: Law, agreement: Agreement | None) -> tuple[Element, ...]:
    statute_ids = agreement.rests_on if agreement else tuple(law.statutes)
    provisions = [e for name in statute_ids for e in law.statutes[name].elements if e.id in rule.elements]
    clauses = [e for e in (agreement.elements if agreement else ()) if rule.id in e.decided_by]
    return tuple({e.id: e for e in (*provisions, *clauses)}.values())
