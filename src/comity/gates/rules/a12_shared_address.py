"""A12: the agency's own office, or one address for many. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A12."""

import numpy as np

from comity.columns.buffers import Bools, Int8s
from comity.gates.facts import Facts
from comity.gates.known_addresses import rows_at_addresses
from comity.gates.probing.probing_digests import counts_in_batch, request_digests, rows_with
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.law.agreement import Caps
from comity.model.finding import Outcome

_finding = FindingBuilder("a12_shared_address", "26 USC 6103(i)(2)(B)(i)")


def a12_shared_address(facts: Facts, rows: RequestColumns) -> Int8s:
    """The address is the subject's, not an office's and not one that the batch gives for many subjects.

    MET: the address is no office's, and the batch gives neither it with its unit, nor the building whatever the unit,
    for more different subjects (by name and number) than the agreement's cap. A row with two surnames asks about
    either, and so counts as two. NOT_MET: it is an office of the requester, or is given, however written, for more
    subjects than that cap. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    agreement = facts.agreement
    # The digests that find repeated addresses depend on a key; the outcome depends on the rows and the law alone.
    refused = rows.cached(
        ("shared address", facts.law.fingerprint),
        lambda: rows_at_addresses(rows, agreement.office_addresses) | _is_over_subject_cap(facts, rows, agreement.caps),
    )
    return not_met_where(refused)


def _is_over_subject_cap(facts: Facts, rows: RequestColumns, caps: Caps) -> Bools:
    """Return whether a row's address, or its building, is given for more different subjects than its cap."""
    digests, is_over = request_digests(facts, rows), np.zeros(rows.num_rows, dtype=np.bool_)
    for kind, cap in (("address", caps.subjects_per_address), ("building", caps.subjects_per_building)):
        values, subjects = counts_in_batch(facts, rows, kind)
        is_over |= rows_with(digests, kind, values[subjects > cap.value])
    return is_over


RULE = Rule(
    _finding.rule,
    "A12",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=a12_shared_address,
    columns=("street", "street2", "city", "state", "zip"),
)
