"""D06: one subject, one address. Basis: 26 USC 6103(i)(2)(B)(i); failure mode D06; promise 15."""

import numpy as np

from comity.columns.buffers import Bools, Int8s
from comity.columns.hash_sets import is_in_set, value_counts
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import request_digests
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import SUBJECT_COLUMNS, FindingBuilder, Rule, not_met_where
from comity.model.history import RequestDigests

_finding = FindingBuilder("d06_subject_twice", "26 USC 6103(i)(2)(B)(i)")


def d06_subject_twice(facts: Facts, rows: RequestColumns) -> Int8s:
    """The batch gives one address for the subject in the year asked about.

    MET: all rows about the subject and year give one address; the same one written in two ways is one. NOT_MET: rows of
    one name, suffix and year with one taxpayer number (or, without a number, one case number) give different addresses:
    the request must give one address, and only the record could tell which is right. All of these rows are refused.
    """
    refused = rows.cached(
        ("subject twice", facts.history.requests.key), lambda: _has_several_addresses(request_digests(facts, rows))
    )
    return not_met_where(refused)


def _has_several_addresses(digests: RequestDigests) -> Bools:
    """Return whether a row's subject has rows with different addresses."""
    by_row = digests.by_row
    has_identifier = digests.is_counted & ((by_row["number"] | by_row["case"]) != 0)
    subjects = np.where(has_identifier, by_row["subject"], np.uint64(0))
    values, counts = value_counts(subjects)
    repeated_rows = np.flatnonzero(is_in_set(subjects, values[counts > 1]))
    repeated_rows = repeated_rows[np.argsort(subjects[repeated_rows])]
    repeated, starts = np.unique(subjects[repeated_rows], return_index=True)
    addresses = by_row["address"][repeated_rows]
    differ = np.minimum.reduceat(addresses, starts) != np.maximum.reduceat(addresses, starts)
    return is_in_set(subjects, repeated[differ])


RULE = Rule(
    _finding.rule, "D06", _finding.citation, ("usc26-6103-i-2-B-i",), rows=d06_subject_twice, columns=SUBJECT_COLUMNS
)
