"""D06: one subject, one address. Basis: 26 USC 6103(i)(2)(B)(i); law.md D06; product.md promise 15."""

import numpy as np

from comity.gates.facts import Facts
from comity.gates.folding import Bools, Int8s
from comity.gates.questions import questions_of, rows_of, run_lengths
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.model.history import Questions

_SAYS = Says("d06_subject_twice", "26 USC 6103(i)(2)(B)(i)")


def d06_subject_twice(facts: Facts, rows: Rows) -> Int8s:
    """The batch gives one address for the subject in the year asked about.

    MET: otherwise; the same address written twice is one address. NOT_MET: rows of one name, suffix and year with one
    taxpayer number (or, without a number, one case number) give different addresses: the request sets forth *the*
    address, and which of them is meant would be for the record to say. All of these rows are refused.
    """
    refused = rows.once(("subject twice", facts.history.asked.key), lambda: _is_asked_twice(questions_of(facts, rows)))
    return refused_where(refused)


def _is_asked_twice(questions: Questions) -> Bools:
    subjects = np.where(questions.counts & ((questions.number | questions.case) != 0), questions.subject, np.uint64(0))
    values, counts = run_lengths(subjects)
    where = np.flatnonzero(rows_of(subjects, values[counts > 1]))
    where = where[np.argsort(subjects[where])]
    repeated, starts = np.unique(subjects[where], return_index=True)
    addresses = questions.address[where]
    differ = np.minimum.reduceat(addresses, starts) != np.maximum.reduceat(addresses, starts)
    return rows_of(subjects, repeated[differ])


RULE = Rule(_SAYS.rule, "D06", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=d06_subject_twice)
