"""Choose the citation that a rule's finding shows: its statute, or the clause of the agreement that names the rule.

Guarantees: every rule is applied under every agreement; only the citation in its findings depends on the agreement.
Start at `citation_for_agreement`.
"""

from comity.gates.rule import Rule
from comity.law import Agreement, Law


def citation_for_agreement(rule: Rule, agreement: Agreement | None, law: Law) -> str:
    """Return the rule's own citation if the agreement rests on a statute that it follows, else that of the clauses.

    The rule's own citation is also returned if there is no agreement, or if no clause names the rule.
    """
    if agreement is None:
        return rule.citation
    statute_elements = {element.id for name in agreement.rests_on for element in law.statutes[name].elements}
    if statute_elements & set(rule.elements):
        return rule.citation
    clauses = [element.citation for element in agreement.elements if rule.id in element.decided_by]
    return "; ".join(dict.fromkeys(clauses)) or rule.citation
