"""P14: from door to door. Basis: 26 USC 6103(i)(2)(B)(i), (i)(5); promise 15; the agreement's limit [INF]."""

import numpy as np

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import digest_counts, request_digests, rows_with
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import SUBJECT_COLUMNS, FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome

_finding = FindingBuilder("p14_house_number_walk", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")


def p14_house_number_walk(facts: Facts, rows: RequestColumns) -> Int8s:
    """The person is not asked about at house after house, unit after unit or box after box of one street.

    MET: with what was asked before, no class of the name has more addresses that differ in their numbers and units
    alone, within the first three digits of the ZIP code, than the agreement's limit. NOT_MET: one name is asked about
    at more such addresses than that. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    streets, houses = digest_counts(facts, rows, "street")
    walked = streets[houses > facts.agreement.probing.houses_per_street.value]
    return not_met_where(rows_with(request_digests(facts, rows), "street", walked))


RULE = Rule(
    _finding.rule,
    "P14",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=p14_house_number_walk,
    columns=SUBJECT_COLUMNS,
)
