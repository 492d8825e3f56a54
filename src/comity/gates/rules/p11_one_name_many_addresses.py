"""P11: one name, many addresses. Basis: 26 USC 6103(i)(2)(B)(i), (i)(5); product.md promise 15; agreement's limits [INF]."""

import numpy as np

from comity.columns.buffers import Digests
from comity.columns.fold import Int8s
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import (
    counts_in_batch,
    counts_in_history,
    digest_counts,
    request_digests,
    rows_with_digest,
)
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome

_finding = FindingBuilder(
    "p11_one_name_many_addresses", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement"
)


def p11_one_name_many_addresses(facts: Facts, rows: RequestColumns) -> Int8s:
    """The name, or the taxpayer number, is not asked about at one address after another.

    MET: with what was asked before, the given name and surname have no more addresses than the agreement's limit and
    its share of the others of that surname (a common name is borne by many), and the number no more than the limit.
    NOT_MET: more than that: the address is then not set forth but looked for. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    questions, limits = request_digests(facts, rows), facts.agreement.probing
    names, addresses = digest_counts(facts, rows, "name")
    many = addresses > limits.addresses_per_name.value
    names, addresses = names[many], addresses[many]
    allowed = limits.addresses_per_name.value + limits.common_name_percent.value / 100 * (
        _surname_counts(facts, rows, names) - addresses
    )
    numbers, of_number = digest_counts(facts, rows, "number")
    refused = rows_with_digest(questions.name, names[addresses > allowed])
    refused |= rows_with_digest(questions.number, numbers[of_number > limits.addresses_per_name.value])
    return not_met_where(refused & questions.is_counted)


def _surname_counts(
    facts: Facts, rows: RequestColumns, names: Digests
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """For each name, how many questions there are about its surname, this name's own included."""
    if not len(names):
        return np.zeros(0, dtype=np.int64)
    questions = request_digests(facts, rows)
    at = questions.distinct_rows[rows_with_digest(questions.name[questions.distinct_rows], names)]
    found, first = np.unique(questions.name[at], return_index=True)
    surnames = questions.surname[at][first]
    values, inverse = np.unique(surnames, return_inverse=True)
    asked, counts = counts_in_batch(facts, rows, "surname")
    return (counts[np.searchsorted(asked, values)] + counts_in_history(facts, "surname", values))[inverse][
        np.searchsorted(found, names)
    ]


RULE = Rule(_finding.rule, "P11", _finding.citation, ("usc26-6103-i-2-B-i",), rows=p11_one_name_many_addresses)
