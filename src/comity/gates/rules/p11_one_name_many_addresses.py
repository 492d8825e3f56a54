"""P11: one name, many addresses. Basis: 26 USC 6103(i)(2)(B)(i), (i)(5); promise 15; the agreement's limits [INF]."""

import numpy as np

from comity.columns.buffers import Digests, Int8s, Int64s
from comity.columns.hash_sets import is_in_set
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_batch, counts_in_history, digest_counts, request_digests
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
    NOT_MET: more than that: the address is then not set forth but looked for.
    UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    digests, limits = request_digests(facts, rows), facts.agreement.probing
    names, addresses = digest_counts(facts, rows, "name")
    is_over_limit = addresses > limits.addresses_per_name.value
    names, addresses = names[is_over_limit], addresses[is_over_limit]
    allowed = limits.addresses_per_name.value + limits.common_name_percent.value / 100 * (
        _surname_counts(facts, rows, names) - addresses
    )
    numbers, addresses_of_number = digest_counts(facts, rows, "number")
    refused = is_in_set(digests.name, names[addresses > allowed])
    refused |= is_in_set(digests.number, numbers[addresses_of_number > limits.addresses_per_name.value])
    return not_met_where(refused & digests.is_counted)


def _surname_counts(facts: Facts, rows: RequestColumns, names: Digests) -> Int64s:
    """Return for each name how many questions there are about its surname, this name's own included."""
    if not len(names):
        return np.zeros(0, dtype=np.int64)
    digests = request_digests(facts, rows)
    name_rows = digests.distinct_rows[is_in_set(digests.name[digests.distinct_rows], names)]
    distinct_names, first = np.unique(digests.name[name_rows], return_index=True)
    surnames, surname_of_name = np.unique(digests.surname[name_rows][first], return_inverse=True)
    batch_surnames, batch_counts = counts_in_batch(facts, rows, "surname")
    counts = batch_counts[np.searchsorted(batch_surnames, surnames)] + counts_in_history(facts, "surname", surnames)
    return counts[surname_of_name][np.searchsorted(distinct_names, names)]


RULE = Rule(_finding.rule, "P11", _finding.citation, ("usc26-6103-i-2-B-i",), rows=p11_one_name_many_addresses)
