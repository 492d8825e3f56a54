"""P16: one file split into many. Basis: 26 USC 6103(i)(2)(A); product.md promise 15; law.md R11; agreement's limits [INF]."""

from comity.gates.facts import Facts
from comity.gates.questions import before, questions_of, run_lengths
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says
from comity.model.finding import Finding

_SAYS = Says("p16_split_batches", "26 USC 6103(i)(2)(A); custodian policy under the agreement")


def p16_split_batches(facts: Facts, rows: Rows) -> Finding:
    """The batch is not one of several that together exceed what one may ask.

    MET: with the rows answered in the days that the agreement counts, no officer (by name and office, whatever the id)
    has more subjects, and no case number more, than one officer or case can have. (Rows in 30 days: R11.)
    NOT_MET: more than that, where earlier batches take part in it. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return _SAYS.no_agreement()
    met = _SAYS.met("Together with earlier batches, no officer and no case stands for too many subjects.")
    if not facts.looked_up_before:
        return met
    questions = questions_of(facts, rows)
    for kind, what, cap in (
        ("officer", "One officer is", facts.agreement.probing.subjects_per_officer.value),
        ("case", "One case number is", facts.agreement.caps.subjects_per_case.value),
    ):
        values, counts = run_lengths(getattr(questions, kind))
        earlier = before(facts, kind, values)
        if bool(((earlier > 0) & (earlier + counts > cap)).any()):
            return _SAYS.not_met(
                f"{what} named for more than {cap:,} subjects over this batch and those before it. A file may not be split "
                "to evade what one officer or one case can stand for. Name those who are engaged, each for their own."
            )
    return met


RULE = Rule(_SAYS.rule, "P16", _SAYS.citation, ("usc26-6103-i-2-A-engaged",), batch=p16_split_batches)
