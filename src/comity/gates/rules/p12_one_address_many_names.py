"""P12: one address, many names, over several batches. Basis: 26 USC 6103(i)(2)(B)(i); promise 15; A12's limit [INF]."""

import numpy as np

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_batch, counts_in_history, request_digests, rows_with
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import SUBJECT_COLUMNS, FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome

_finding = FindingBuilder("p12_one_address_many_names", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")


def p12_one_address_many_names(facts: Facts, rows: RequestColumns) -> Int8s:
    """The address is not asked about for one name after another, batch by batch.

    MET: nothing was asked about it before, or with what was there are no more different names than the agreement allows
    for one address with its unit, and for one building whatever the unit (within one batch, A12 decides). A row with
    two surnames asks about either, and so counts as two names. NOT_MET: more names than that were asked about at the
    address or building. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    digests, caps = request_digests(facts, rows), facts.agreement.caps
    refused = np.zeros(rows.num_rows, dtype=np.bool_)
    if facts.prior_lookups:
        for kind, cap in (("address", caps.subjects_per_address), ("building", caps.subjects_per_building)):
            values, names = counts_in_batch(facts, rows, kind)
            earlier = counts_in_history(facts, rows, kind, values)
            refused |= rows_with(digests, kind, values[(earlier > 0) & (earlier + names > cap.value)])
    return not_met_where(refused)


RULE = Rule(
    _finding.rule,
    "P12",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=p12_one_address_many_names,
    columns=SUBJECT_COLUMNS,
)
