"""D02: the row does not itself say that no order is outstanding, unless an officer of the custodian read it.

Basis: 8 USC 1253(a)(1); ADR 0033; failure modes D02, D03, D05 [INF].
"""

import numpy as np

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.reason_flags import flag_rows
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Outcome

_finding = FindingBuilder("d02_order_outstanding", "8 USC 1253(a)(1)")


def d02_order_outstanding(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row's own words do not say that no final order is outstanding, or that the subject cannot have one.

    MET: the reason says nothing of the kind ("no stay is in effect" says the opposite), or officers of the custodian
    have read the row and cleared it. UNDETERMINED: it says that the order was vacated, stayed, reopened or cancelled,
    or calls the subject a citizen, a permanent resident or a minor. Words decide nothing: an officer of the custodian
    reads the row, and until then nothing of the batch is released. Only plain statements count, and nothing is inferred
    from a name or anything else (promise 14). NOT_MET: an officer of the custodian has read the row and refused it.
    NOT_APPLICABLE: the agreement asks for no final order.
    """
    if not facts.requires_column("final_order_date"):
        return np.full(rows.num_rows, Outcome.NOT_APPLICABLE, dtype=np.int8)
    return flag_rows(facts, rows, _finding.rule)


RULE = Rule(
    _finding.rule,
    "D02",
    _finding.citation,
    ("usc8-1253-a-1-outstanding",),
    rows=d02_order_outstanding,
    columns=("reason", "statute"),
)
