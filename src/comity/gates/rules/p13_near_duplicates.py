"""P13: spelling after spelling of one name. Basis: 26 USC 6103(i)(2)(B)(i); promise 15; the agreement's limit [INF]."""

import numpy as np

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_batch, request_digests, rows_with
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import SUBJECT_COLUMNS, FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome

_finding = FindingBuilder("p13_near_duplicates", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")


def p13_near_duplicates(facts: Facts, rows: RequestColumns) -> Int8s:
    """The name at this address is not tried in one spelling after another.

    MET: no more spellings than the agreement's limit: names of the batch at one building, whatever the unit, that share
    a class. (Over several batches, P15 counts all spellings of a question as one.) NOT_MET: one name has more spellings
    there than that. A household whose members have names of their own is not meant, however large. UNDETERMINED: the
    agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    names, spellings = counts_in_batch(facts, rows, "spelling")
    tried = names[spellings > facts.agreement.probing.spellings_per_address.value]
    return not_met_where(rows_with(request_digests(facts, rows), "spelling", tried))


RULE = Rule(
    _finding.rule, "P13", _finding.citation, ("usc26-6103-i-2-B-i",), rows=p13_near_duplicates, columns=SUBJECT_COLUMNS
)
