"""R12: nothing but the confirmation of an address. Basis: 26 USC 6103(i)(1), (i)(2)(C); failure mode R12."""

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Finding

_finding = FindingBuilder("r12_elements_asked", "26 USC 6103(i)(1) and (i)(2)(C)")


def r12_elements_asked(facts: Facts, _rows: RequestColumns) -> Finding:
    """The request asks for nothing but what the agreement answers.

    MET: manifest.elements names only those. NOT_MET: it names income, an employer, a number or anything else, or
    nothing at all. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    elements, answered = set(facts.manifest.elements), facts.agreement.elements_answered
    if not elements:
        return _finding.not_met(
            "The manifest asks for nothing: `elements` is empty. What is not asked cannot be answered. Ask for "
            f"{', '.join(answered)}."
        )
    if unanswered := elements - set(answered):
        return _finding.not_met(
            f"The request asks for {len(unanswered)} element(s) that the agreement does not answer. More than the "
            "confirmation of an address needs a court order under (i)(1). Take them "
            "out of `elements`, or apply to a court."
        )
    return _finding.met("The request asks only for what the agreement answers.")


RULE = Rule(
    _finding.rule,
    "R12",
    _finding.citation,
    ("usc26-6103-i-1", "usc26-6103-i-1-extent", "usc26-6103-i-2-A-what", "usc26-6103-i-2-C", "usc26-6103-b-3"),
    batch=r12_elements_asked,
)
