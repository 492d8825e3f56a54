"""R17: nothing that the requester wrote itself speaks of another purpose, unless an officer of the custodian read it.

Basis: 26 USC 6103(i)(2)(A), (i)(4)(B), (i)(5); ADR 0033; failure mode R17.
"""

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.reason_flags import flag_rows, is_text_flagged
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Finding

_finding = FindingBuilder("r17_flagged_words", "26 USC 6103(i)(2)(A), (i)(4)(B) and (i)(5)")


def r17_flagged_words(facts: Facts, _rows: RequestColumns) -> Finding:
    """The manifest's authority has no words of another purpose than a criminal proceeding.

    MET: it has none. UNDETERMINED: it has some, so that a person must read it. NOT_MET: never, because words decide
    nothing.
    """
    if is_text_flagged(facts, facts.manifest.statutory_authority, _finding.rule):
        return _finding.undetermined(
            "The manifest's statutory_authority has words of a purpose that the statute does not serve: finding a "
            "person, civil removal, benefits or voting. Words alone decide nothing, so a person must read it. Cite the "
            "authority and nothing else to avoid the wait."
        )
    return _finding.met("The manifest's authority has no words of another purpose.")


def r17_flagged_words_rows(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row's statute and reason have no words of another purpose than a criminal proceeding.

    MET: they have none of the words on file, or only where these name something else: a house located at an address,
    the benefit of counsel, "not for civil enforcement"; or officers of the custodian have read the row and cleared it.
    UNDETERMINED: they have some: finding a person, arrest for removal, a civil case, benefits, voting, tax
    administration, housekeeping. Words decide nothing: an officer of the custodian reads the row, and until then
    nothing of the batch is released. NOT_MET: an officer of the custodian has read the row and refused it.
    """
    return flag_rows(facts, rows, _finding.rule)


RULE = Rule(
    _finding.rule,
    "R17",
    _finding.citation,
    ("usc26-6103-i-5", "usc26-6103-i-4-B", "usc26-6103-b-4"),
    batch=r17_flagged_words,
    rows=r17_flagged_words_rows,
    columns=("reason", "statute"),
)
