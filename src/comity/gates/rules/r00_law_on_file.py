"""R00: the words that the batch is judged by are on file for the day. Basis: 26 USC 6103(a)."""

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.law.provisions import find_version_in_force
from comity.model.finding import Finding

_finding = FindingBuilder("r00_law_on_file", "26 USC 6103(a)")
_MAX_LISTED = 5


def r00_law_on_file(facts: Facts, _rows: RequestColumns) -> Finding:
    """Every provision that the agreement rests on, and every clause of it, has words on file for the day.

    MET: each element of those statutes, and each clause while the agreement is in force, has a version in force on the
    day of judging. UNDETERMINED: one has none (the file does not vouch for the words so early, or so late), the
    agreement is suspended or not on file, or everything is stopped. NOT_MET: never; what is missing on the custodian's
    side refuses no request.
    """
    agreement = facts.agreement
    if agreement is None:
        return _finding.agreement_not_on_file()
    if facts.law.stops:
        return _finding.undetermined("The custodian stopped everything. Nothing is released until two persons lift it.")
    if facts.law.is_suspended(agreement.id):
        return _finding.undetermined(
            "The custodian suspended the agreement. Nothing is released under it until two persons reinstate it."
        )
    elements = [element for name in agreement.rests_on for element in facts.law.statutes[name].elements]
    if agreement.is_in_force_on(facts.today):
        elements += agreement.elements
    ids = dict.fromkeys(element.id for element in elements)
    missing = [
        element_id
        for element_id in ids
        if find_version_in_force([e for e in elements if e.id == element_id], facts.today) is None
    ]
    if not missing:
        return _finding.met("The words of every provision are on file for the day.")
    more = ", ..." if len(missing) > _MAX_LISTED else ""
    return _finding.undetermined(
        f"For {len(missing)} provision(s) no words are on file for {facts.today} "
        f"({', '.join(missing[:_MAX_LISTED])}{more}). What the law said that day is not known, so nothing is released "
        "under it. Have counsel enter the version that "
        "was in force."
    )


RULE = Rule(_finding.rule, "R00", _finding.citation, ("usc26-6103-a",), batch=r00_law_on_file)
