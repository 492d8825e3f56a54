"""D06: one subject, one address. Basis: 26 USC 6103(i)(2)(B)(i); law.md D06; product.md promise 15."""

import numpy as np

from comity.columns.fold import Bools, Int8s
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import request_digests, rows_with_digest, value_counts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.model.history import RequestDigests

_finding = FindingBuilder("d06_subject_twice", "26 USC 6103(i)(2)(B)(i)")


def d06_subject_twice(facts: Facts, rows: RequestColumns) -> Int8s:
    """The batch gives one address for the subject in the year asked about.

    MET: otherwise; the same address written twice is one address. NOT_MET: rows of one name, suffix and year with one
    taxpayer number (or, without a number, one case number) give different addresses: the request sets forth *the*
    address, and which of them is meant would be for the record to say. All of these rows are refused.
    """
    refused = rows.cached(
        ("subject twice", facts.history.requests.key), lambda: _has_several_addresses(request_digests(facts, rows))
    )
    return not_met_where(refused)


def _has_several_addresses(questions: RequestDigests) -> Bools:
    subjects = np.where(
        questions.is_counted & ((questions.number | questions.case) != 0), questions.subject, np.uint64(0)
    )
    values, counts = value_counts(subjects)
    where = np.flatnonzero(rows_with_digest(subjects, values[counts > 1]))
    where = where[np.argsort(subjects[where])]
    repeated, starts = np.unique(subjects[where], return_index=True)
    addresses = questions.address[where]
    differ = np.minimum.reduceat(addresses, starts) != np.maximum.reduceat(addresses, starts)
    return rows_with_digest(subjects, repeated[differ])


RULE = Rule(_finding.rule, "D06", _finding.citation, ("usc26-6103-i-2-B-i",), rows=d06_subject_twice)
