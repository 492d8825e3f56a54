"""P15: asked twice, answered once. Basis: 26 USC 6103(i)(2)(B)(iv); product.md promise 15; agreement's limit [INF]."""

import numpy as np

from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.questions import before, questions_of, rows_of, run_lengths
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.model.finding import Outcome

_SAYS = Says("p15_asked_again", "26 USC 6103(i)(2)(B)(iv); custodian policy under the agreement")


def p15_asked_again(facts: Facts, rows: Rows) -> Int8s:
    """The question was not answered before.

    MET: the name, address and year were not asked about in an earlier batch, or only in other cases and fewer times
    than the agreement's limit. What was refused, or is held, was not answered: it may be mended and asked again.
    NOT_MET: the same question in the same case, or too often in others: the answer stands in the earlier batch, and to
    ask until it changes is to watch a person. The answer itself, yes or no, plays no part. UNDETERMINED: the agreement
    is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.count, Outcome.UNDETERMINED, dtype=np.int8)
    if not facts.looked_up_before:
        return np.full(rows.count, Outcome.MET, dtype=np.int8)
    questions = questions_of(facts, rows)
    refused = np.zeros(rows.count, dtype=np.bool_)
    for kind, most in (("request", 1), ("question", facts.agreement.probing.asks_per_question.value)):
        digests = getattr(questions, kind)
        values, _ = run_lengths(digests[questions.counts])
        refused |= rows_of(digests, values[before(facts, kind, values) >= most])
    return refused_where(refused & questions.counts)


RULE = Rule(_SAYS.rule, "P15", _SAYS.citation, ("usc26-6103-i-2-B-iv",), rows=p15_asked_again)
