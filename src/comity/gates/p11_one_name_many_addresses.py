"""P11: one name, many addresses. Basis: 26 USC 6103(i)(2)(B)(i), (i)(5); product.md promise 15; agreement's limits [INF]."""

import numpy as np

from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.questions import asked_now, before, counted, questions_of, rows_of
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.model.finding import Outcome
from comity.model.history import Digests

_SAYS = Says("p11_one_name_many_addresses", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")


def p11_one_name_many_addresses(facts: Facts, rows: Rows) -> Int8s:
    """The name, or the taxpayer number, is not asked about at one address after another.

    MET: with what was asked before, the given name and surname have no more addresses than the agreement's limit and
    its share of the others of that surname (a common name is borne by many), and the number no more than the limit.
    NOT_MET: more than that: the address is then not set forth but looked for. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.count, Outcome.UNDETERMINED, dtype=np.int8)
    questions, limits = questions_of(facts, rows), facts.agreement.probing
    names, addresses = counted(facts, rows, "name")
    many = addresses > limits.addresses_per_name.value
    names, addresses = names[many], addresses[many]
    allowed = limits.addresses_per_name.value + limits.common_name_percent.value / 100 * (
        _of_surname(facts, rows, names) - addresses
    )
    numbers, of_number = counted(facts, rows, "number")
    refused = rows_of(questions.name, names[addresses > allowed])
    refused |= rows_of(questions.number, numbers[of_number > limits.addresses_per_name.value])
    return refused_where(refused & questions.counts)


def _of_surname(facts: Facts, rows: Rows, names: Digests) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """For each name, how many questions there are about its surname, this name's own included."""
    if not len(names):
        return np.zeros(0, dtype=np.int64)
    questions = questions_of(facts, rows)
    at = questions.distinct[rows_of(questions.name[questions.distinct], names)]
    found, first = np.unique(questions.name[at], return_index=True)
    surnames = questions.surname[at][first]
    values, inverse = np.unique(surnames, return_inverse=True)
    asked, counts = asked_now(facts, rows, "surname")
    return (counts[np.searchsorted(asked, values)] + before(facts, "surname", values))[inverse][
        np.searchsorted(found, names)
    ]


RULE = Rule(_SAYS.rule, "P11", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=p11_one_name_many_addresses)
