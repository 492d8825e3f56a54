"""Under which provision a rule speaks: the statute it follows, or the clause of the agreement that names it.

Guarantees: every rule is applied under every agreement; only the citation that a finding shows follows the agreement.
Start at `citation_under`.
"""

from comity.gates.rule import Rule
from comity.law import Agreement, Law


def citation_for_agreement(rule: Rule, agreement: Agreement | None, law: Law) -> str:
    """The rule's own citation where the agreement rests on a statute that it follows, else that of its clauses.

    An agreement that neither rests on such a statute nor has a clause that names the rule leaves the rule's own.
    """
    if agreement is None:
        return rule.citation
    rests_on = {element.id for name in agreement.rests_on for element in law.statutes[name].elements}
    if rests_on & set(rule.elements):
        return rule.citation
    clauses = [element.citation for element in agreement.elements if rule.id in element.decided_by]
    return "; ".join(dict.fromkeys(clauses)) or rule.citation
