"""P11: one name, many addresses. Basis: 26 USC 6103(i)(2)(B)(i), (i)(5); promise 15; the agreement's limits [INF]."""

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Digests, Int8s
from comity.columns.hash_sets import is_in_set
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import class_entries, digest_counts, request_digests, rows_with
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import SUBJECT_COLUMNS, FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome

_finding = FindingBuilder(
    "p11_one_name_many_addresses", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement"
)


def p11_one_name_many_addresses(facts: Facts, rows: RequestColumns) -> Int8s:
    """The person, or the taxpayer number, is not asked about at one address after another.

    MET: with what was asked before, no class of the name has more addresses than the agreement's limit and the room of
    a common name, and the number has no more than the limit. The room is what the Census leads to expect among the rows
    looked up; rows that are refused add nothing to it, and no room lifts the ceiling for a person. A row that gives the
    town of one place and the ZIP code of another asks about both. NOT_MET: the name or the number is asked about at
    more addresses than that: the address is then not set forth but looked for.
    UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    digests, limit = request_digests(facts, rows), facts.agreement.probing.addresses_per_name.value
    people, addresses = digest_counts(facts, rows, "person")
    people, addresses = people[addresses > limit], addresses[addresses > limit]
    refused = rows_with(digests, "person", people[addresses > _allowed_addresses(facts, rows, people)])
    numbers, addresses = digest_counts(facts, rows, "number")
    refused |= rows_with(digests, "number", numbers[addresses > limit])
    return not_met_where(refused)


def _allowed_addresses(facts: Facts, rows: RequestColumns, people: Digests) -> npt.NDArray[np.float64]:
    """Return for each class of person (sorted) how many addresses may be asked about."""
    assert facts.agreement is not None
    limits, digests = facts.agreement.probing, request_digests(facts, rows)
    if not len(people):
        return np.zeros(0)
    entries = np.flatnonzero(is_in_set(digests.by_entry["person"], people))
    first = entries[np.unique(digests.by_entry["person"][entries], return_index=True)[1]]
    looked_up = facts.rows_looked_up_before + int(np.count_nonzero(digests.is_counted & ~rows.refused))
    expected = class_entries(rows).person_share(first) * max(looked_up, limits.common_name_rows.value)
    allowed = limits.addresses_per_name.value + limits.common_name_percent.value / 100 * expected
    return np.asarray(np.minimum(allowed, limits.addresses_per_person.value), dtype=np.float64)


RULE = Rule(
    _finding.rule,
    "P11",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=p11_one_name_many_addresses,
    columns=SUBJECT_COLUMNS,
    reads_refusals=True,
)
