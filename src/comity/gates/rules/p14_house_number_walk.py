"""P14: from door to door. Basis: 26 USC 6103(i)(2)(B)(i), (i)(5); promise 15; the agreement's limit [INF]."""

import numpy as np

from comity.columns.buffers import Int8s
from comity.columns.hash_sets import is_in_set
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_batch, digest_counts, request_digests
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome

_finding = FindingBuilder("p14_house_number_walk", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")


def p14_house_number_walk(facts: Facts, rows: RequestColumns) -> Int8s:
    """The name is not asked about at house after house, unit after unit or box after box of one street.

    MET: with what was asked before, the name has no more addresses that differ in their numbers alone, within one ZIP
    code, than the agreement's limit (and a hundredth of the share that a common surname is allowed, for the chance that
    two of its bearers live on one street). NOT_MET: more than that. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    digests, limits = request_digests(facts, rows), facts.agreement.probing
    streets, houses = digest_counts(facts, rows, "street")
    is_over_limit = houses > limits.houses_per_street.value
    street_rows = digests.distinct_rows[is_in_set(digests.street[digests.distinct_rows], streets[is_over_limit])]
    if not len(street_rows):
        return np.full(rows.num_rows, Outcome.MET, dtype=np.int8)
    surnames, bearers = counts_in_batch(facts, rows, "surname")
    suspects, first = np.unique(digests.street[street_rows], return_index=True)
    bearers_of_suspect = bearers[np.searchsorted(surnames, digests.surname[street_rows][first])]
    others = np.maximum(bearers_of_suspect - houses[is_over_limit], 0)
    allowed = limits.houses_per_street.value + limits.common_name_percent.value / 10_000 * others
    refused = is_in_set(digests.street, suspects[houses[is_over_limit] > allowed]) & digests.is_counted
    return not_met_where(refused)


RULE = Rule(_finding.rule, "P14", _finding.citation, ("usc26-6103-i-2-B-i",), rows=p14_house_number_walk)
