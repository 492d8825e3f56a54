"""P15: asked twice, answered once. Basis: 26 USC 6103(i)(2)(B)(iv); promise 15; the agreement's limit [INF]."""

import numpy as np

from comity.columns.buffers import Bools, Digests, Int8s
from comity.columns.hash_sets import value_counts
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_history, request_digests, rows_with
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import SUBJECT_COLUMNS, FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome
from comity.model.history import Counts, RequestDigests

_finding = FindingBuilder("p15_asked_again", "26 USC 6103(i)(2)(B)(iv); custodian policy under the agreement")


def p15_asked_again(facts: Facts, rows: RequestColumns) -> Int8s:
    """The question was not answered before.

    MET: the person, building and year, however written, were not asked about in an earlier batch, or only in other
    cases and fewer times than the agreement's limit. What was refused, or is held, was not answered: it may be
    corrected and asked again. So may, once, what was answered and recalled since, if its destruction is certified.
    NOT_MET: the same question in the same case, or too often in others: the earlier batch has the answer, and asking
    until it changes would watch a person. The answer itself, yes or no, plays no part. UNDETERMINED: the agreement is
    not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    digests = request_digests(facts, rows)
    refused = np.zeros(rows.num_rows, dtype=np.bool_)
    if facts.prior_lookups:
        for kind, limit in (("request", 1), ("question", facts.agreement.probing.asks_per_question.value)):
            values, _ = value_counts(digests.by_entry[kind])
            counts = counts_in_history(facts, rows, kind, values)
            asked = rows_with(digests, kind, values[counts >= limit])
            refused |= asked & ~_is_freed(facts, digests, asked, (kind, values, counts - limit))
    return not_met_where(refused)


def _is_freed(facts: Facts, digests: RequestDigests, asked: Bools, excess: tuple[str, Digests, Counts]) -> Bools:
    """Mark the rows, of those asked before, whose answers recalls freed as often as it takes to ask once more.

    `excess` is a kind of digest, its distinct values, and by how many earlier answers each exceeds what is allowed
    (0: one freed answer makes room).
    """
    is_freed, rows = np.zeros(len(asked), dtype=np.bool_), np.flatnonzero(asked)
    freed = facts.history.requests.count_freed(digests.by_row["written"][rows], facts.prior_lookups)
    if not freed.any():
        return is_freed
    kind, values, excess_counts = excess
    entries = np.flatnonzero(asked[digests.entry_row] & (digests.by_entry[kind] != 0))
    largest = np.full(len(asked), np.iinfo(np.int64).min)
    positions = np.searchsorted(values, digests.by_entry[kind][entries])
    np.maximum.at(largest, digests.entry_row[entries], excess_counts[positions])
    is_freed[rows] = freed > largest[rows]
    return is_freed


RULE = Rule(
    _finding.rule, "P15", _finding.citation, ("usc26-6103-i-2-B-iv",), rows=p15_asked_again, columns=SUBJECT_COLUMNS
)
