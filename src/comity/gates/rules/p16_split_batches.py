"""P16: one file split into many.

Basis: 26 USC 6103(i)(2)(A); promise 15; failure mode R11; the agreement's limits [INF].
"""

from comity.columns.hash_sets import value_counts
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_history, request_digests
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Finding

_finding = FindingBuilder("p16_split_batches", "26 USC 6103(i)(2)(A); custodian policy under the agreement")


def p16_split_batches(facts: Facts, rows: RequestColumns) -> Finding:
    """The batch is not one of several that together exceed what one may ask.

    MET: with the rows answered in the days that the agreement counts, no officer (by name and office, whatever the id)
    has more subjects, and no case number more, than one officer or case can have. (Rows in 30 days: R11.) NOT_MET: an
    officer or a case number stands for more subjects than that, counted with earlier batches. UNDETERMINED: the
    agreement is not on file.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    met = _finding.met("Together with earlier batches, no officer and no case stands for too many subjects.")
    if not facts.prior_lookups:
        return met
    digests = request_digests(facts, rows)
    for kind, subject, cap in (
        ("officer", "One officer is", facts.agreement.probing.subjects_per_officer.value),
        ("case", "One case number is", facts.agreement.caps.subjects_per_case.value),
    ):
        values, counts = value_counts(digests.by_row[kind])
        earlier = counts_in_history(facts, rows, kind, values)
        if bool(((earlier > 0) & (earlier + counts > cap)).any()):
            return _finding.not_met(
                f"{subject} named for more than {cap:,} subjects over this batch and those before it. A file may not "
                "be "
                "split to evade what one officer or one case can stand for. Name those who are engaged, each for their "
                "own."
            )
    return met


RULE = Rule(_finding.rule, "P16", _finding.citation, ("usc26-6103-i-2-A-engaged",), batch=p16_split_batches)
