"""P17: one taxpayer number for a person at a building.

Basis: 26 USC 6103(i)(2)(B)(i) asks for a name and an address, and for no number; promise 15; ADR 0026.
"""

import numpy as np

from comity.columns.buffers import Bools, Int8s
from comity.columns.hash_sets import is_in_set, value_counts
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_history, request_digests
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import SUBJECT_COLUMNS, FindingBuilder, Rule
from comity.model.finding import Outcome

_finding = FindingBuilder("p17_second_number", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")


def p17_second_number(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row's taxpayer number is the first that was given for this person at this building.

    MET: no other number was given, in an earlier batch or in an earlier row that no rule refuses, or the row has none.
    NOT_MET: never; it refuses no row. NOT_APPLICABLE: another number was given first, so this one is not compared:
    answers to several would tell digit by digit which is right, and whoever writes Jr, Sr or nothing would have three.
    The row is looked up by its name and address, which is all that the law asks for, and at best a person must decide:
    two people may bear the name there, a father and a son.
    UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    digests = request_digests(facts, rows)
    is_second = _has_other_number(facts, rows, digests.is_counted & ~rows.refused)
    return np.where(is_second, np.int8(Outcome.NOT_APPLICABLE), np.int8(Outcome.MET))


def _has_other_number(facts: Facts, rows: RequestColumns, candidates: Bools) -> Bools:
    """Mark rows whose person was asked about at that building with another number, before or in an earlier row."""
    digests = request_digests(facts, rows)
    entries = np.flatnonzero(candidates[digests.entry_row] & (digests.by_entry["numbered"] != 0))
    asked, counts = value_counts(digests.by_entry["numbered"][entries])
    asked_before = counts_in_history(facts, rows, "numbered", asked)
    asked_again = asked[(counts > 1) | (asked_before > 0)]  # few people are
    entries = entries[is_in_set(digests.by_entry["numbered"][entries], asked_again)]
    people, numbered = digests.by_entry["numbered"][entries], digests.by_entry["numbered as"][entries]
    _, first, of_entry = np.unique(people, return_index=True, return_inverse=True)
    earlier = asked_before[np.searchsorted(asked, people)]
    distinct_numbered, of_numbered = np.unique(numbered, return_inverse=True)
    same = counts_in_history(facts, rows, "numbered as", distinct_numbered)[of_numbered]
    is_other = np.where(earlier > 0, earlier > same, numbered != numbered[first][of_entry])
    marked = np.zeros(len(candidates), dtype=np.bool_)
    marked[digests.entry_row[entries[is_other]]] = True
    return marked


RULE = Rule(
    _finding.rule,
    "P17",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=p17_second_number,
    columns=SUBJECT_COLUMNS,
    reads_refusals=True,
)
