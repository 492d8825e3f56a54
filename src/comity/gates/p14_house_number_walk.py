"""P14: from door to door. Basis: 26 USC 6103(i)(2)(B)(i), (i)(5); product.md promise 15; agreement's limit [INF]."""

import numpy as np

from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.questions import asked_now, counted, questions_of, rows_of
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.model.finding import Outcome

_SAYS = Says("p14_house_number_walk", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")


def p14_house_number_walk(facts: Facts, rows: Rows) -> Int8s:
    """The name is not asked about at house after house, unit after unit or box after box of one street.

    MET: with what was asked before, the name has no more addresses that differ in their numbers alone, within one ZIP
    code, than the agreement's limit (and a hundredth of the share that a common surname is allowed, for the chance that
    two of its bearers live on one street). NOT_MET: more than that. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.count, Outcome.UNDETERMINED, dtype=np.int8)
    questions, limits = questions_of(facts, rows), facts.agreement.probing
    streets, houses = counted(facts, rows, "street")
    over = houses > limits.houses_per_street.value
    at = questions.distinct[rows_of(questions.street[questions.distinct], streets[over])]
    if not len(at):
        return np.full(rows.count, Outcome.MET, dtype=np.int8)
    surnames, bearers = asked_now(facts, rows, "surname")
    found, first = np.unique(questions.street[at], return_index=True)
    others = bearers[np.searchsorted(surnames, questions.surname[at][first])] - houses[over]
    allowed = limits.houses_per_street.value + limits.common_name_percent.value / 10_000 * np.maximum(others, 0)
    refused = rows_of(questions.street, found[houses[over] > allowed]) & questions.counts
    return refused_where(refused)


RULE = Rule(_SAYS.rule, "P14", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=p14_house_number_walk)
