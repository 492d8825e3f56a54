"""P13: spelling after spelling of one name. Basis: 26 USC 6103(i)(2)(B)(i); product.md promise 15; agreement's limit [INF]."""

import numpy as np

from comity.columns.buffers import Digests
from comity.columns.fold import Bools, Int8s
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import (
    counts_in_batch,
    digest_counts,
    request_digests,
    rows_with_digest,
    run_starts,
    value_counts,
)
from comity.gates.probing.spellings import edit_distance_one_groups
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome

_finding = FindingBuilder("p13_near_duplicates", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")
_MIN_SIMILAR_NAMES = 3  # names of one surname, or of one given name, at one address, before spellings are compared


def p13_near_duplicates(facts: Facts, rows: RequestColumns) -> Int8s:
    """The name at this address is not tried in one spelling after another.

    MET: no more spellings than the agreement's limit: names at one address, in this batch or before, that share their
    consonants, or in this batch are one letter apart. NOT_MET: more than that. A household whose members have names of
    their own is not meant, however large. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    questions, limit = request_digests(facts, rows), facts.agreement.probing.spellings_per_address.value
    most = facts.agreement.caps.subjects_per_address.value
    spellings, names = digest_counts(facts, rows, "spelling")
    refused = rows_with_digest(questions.spelling, spellings[names > limit])
    refused |= rows.cached(
        ("one letter apart", facts.history.requests.key, limit, most),
        lambda: _is_one_letter_apart(facts, rows, limit, most=most),
    )
    return not_met_where(refused & questions.is_counted)


def _is_one_letter_apart(facts: Facts, rows: RequestColumns, limit: int, *, most: int) -> Bools:
    """Rows of names that, with more than `limit` - 1 others at their address, are one letter apart from one of them.

    Only addresses with several names of one part are looked at; one with more than `most` names is A12's.
    """
    questions = request_digests(facts, rows)
    addresses, counts = counts_in_batch(facts, rows, "address")
    at = questions.distinct_rows[
        rows_with_digest(questions.address[questions.distinct_rows], addresses[(counts > limit) & (counts <= most)])
    ]
    suspects: list[Digests] = []
    for part in (questions.surname, questions.first_name):
        mixed = questions.address[at] ^ part[at]
        values, counts = value_counts(mixed)
        suspects.append(questions.address[at[rows_with_digest(mixed, values[counts >= _MIN_SIMILAR_NAMES])]])
    where = at[rows_with_digest(questions.address[at], np.unique(np.concatenate(suspects)))]
    where = where[np.argsort(questions.address[where])]
    first, last = (rows.dictionary_column(name)[where].decode().to_pylist() for name in ("first_name", "last_name"))
    names = [f"{one} {other}".upper() for one, other in zip(first, last, strict=True)]
    found = where[edit_distance_one_groups(names, run_starts(questions.address[where]), limit)]
    pairs = questions.address ^ questions.name  # other rows that ask the same count with those found
    return rows_with_digest(pairs, np.unique(pairs[found]))


RULE = Rule(_finding.rule, "P13", _finding.citation, ("usc26-6103-i-2-B-i",), rows=p13_near_duplicates)
