"""P15: asked twice, answered once. Basis: 26 USC 6103(i)(2)(B)(iv); promise 15; the agreement's limit [INF]."""

import numpy as np

from comity.columns.buffers import Int8s
from comity.columns.hash_sets import is_in_set, value_counts
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_history, request_digests
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome

_finding = FindingBuilder("p15_asked_again", "26 USC 6103(i)(2)(B)(iv); custodian policy under the agreement")


def p15_asked_again(facts: Facts, rows: RequestColumns) -> Int8s:
    """The question was not answered before.

    MET: the name, address and year were not asked about in an earlier batch, or only in other cases and fewer times
    than the agreement's limit. What was refused, or is held, was not answered: it may be corrected and asked again.
    NOT_MET: the same question in the same case, or too often in others: the earlier batch has the answer, and asking
    until it changes would watch a person. The answer itself, yes or no, plays no part. UNDETERMINED: the agreement is
    not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    if not facts.prior_lookups:
        return np.full(rows.num_rows, Outcome.MET, dtype=np.int8)
    digests = request_digests(facts, rows)
    refused = np.zeros(rows.num_rows, dtype=np.bool_)
    for kind, limit in (("request", 1), ("question", facts.agreement.probing.asks_per_question.value)):
        digests_of_kind = getattr(digests, kind)
        values, _ = value_counts(digests_of_kind[digests.is_counted])
        refused |= is_in_set(digests_of_kind, values[counts_in_history(facts, kind, values) >= limit])
    return not_met_where(refused & digests.is_counted)


RULE = Rule(_finding.rule, "P15", _finding.citation, ("usc26-6103-i-2-B-iv",), rows=p15_asked_again)
