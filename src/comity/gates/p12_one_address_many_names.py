"""P12: one address, many names, over several batches. Basis: 26 USC 6103(i)(2)(B)(i); product.md promise 15; A12's limit [INF]."""

import numpy as np

from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.questions import asked_now, before, questions_of, rows_of
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.model.finding import Outcome

_SAYS = Says("p12_one_address_many_names", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")


def p12_one_address_many_names(facts: Facts, rows: Rows) -> Int8s:
    """The address is not asked about for one name after another, batch by batch.

    MET: nothing was asked about it before, or with what was there are no more different names at the street line, unit
    and ZIP code than the agreement allows for one address (within one batch, A12 decides). NOT_MET: more than that.
    UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.count, Outcome.UNDETERMINED, dtype=np.int8)
    if not facts.looked_up_before:
        return np.full(rows.count, Outcome.MET, dtype=np.int8)
    questions, cap = questions_of(facts, rows), facts.agreement.caps.subjects_per_address.value
    addresses, names = asked_now(facts, rows, "address")
    earlier = before(facts, "address", addresses)
    refused = rows_of(questions.address, addresses[(earlier > 0) & (earlier + names > cap)]) & questions.counts
    return refused_where(refused)


RULE = Rule(_SAYS.rule, "P12", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=p12_one_address_many_names)
