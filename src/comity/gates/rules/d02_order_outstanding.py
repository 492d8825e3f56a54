"""D02: the row does not itself say that no order is outstanding.

Basis: 8 USC 1253(a)(1); failure modes D02, D03, D05 [INF].
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Int8s
from comity.columns.fold import fold
from comity.columns.patterns import matches_pattern
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Outcome

_finding = FindingBuilder("d02_order_outstanding", "8 USC 1253(a)(1)")
_AUXILIARY = "(?:(?:IS|WAS|WERE|HAS BEEN|HAD BEEN|BEEN|NOW|SINCE|ALSO) )*"
_ORDER_WORDS = "(?:ORDER(?: OF REMOVAL)?|REMOVAL(?: ORDER| PROCEEDINGS?)?|PROCEEDINGS?|DEPORTATION(?: ORDER)?)"
_SUBJECT_WORDS = "(?:SUBJECT|TAXPAYER|RESPONDENT|HE|SHE|THEY)"
_NOT_OUTSTANDING_PHRASES = "|".join(
    (
        (
            rf"{_ORDER_WORDS} {_AUXILIARY}"
            "(?:VACATED|STAYED|RESCINDED|REOPENED|CANCELL?ED|TERMINATED|ADMINISTRATIVELY CLOSED)"
        ),
        rf"(?:STAY|CANCELLATION) OF (?:REMOVAL|DEPORTATION) {_AUXILIARY}(?:GRANTED|IN EFFECT|IN PLACE|PENDING|ENTERED)",
        rf"{_SUBJECT_WORDS} (?:IS|WAS|HAS BEEN|HAS SINCE BEEN) (?:NOW )?NATURALI[SZ]ED",
        (
            rf"{_SUBJECT_WORDS} IS (?:NOW )?(?:AN? )?"
            "(?:(?:US|U S|UNITED STATES|AMERICAN) CITIZEN|(?:LAWFUL )?PERMANENT RESIDENT|LPR)"
        ),
        rf"{_SUBJECT_WORDS} IS (?:AN? )?(?:UNACCOMPANIED )?(?:MINOR|JUVENILE|CHILD)(?: #| AT| AGED| UNDER|$)",
    )
)
_CLAUSE_END = r"([a-z0-9]\.|[,;:])(?:\s|$)"
"""Where a clause ends; not after the letters of "U.S. citizen"."""
_NOT_OUTSTANDING_PATTERN = rf"(?:^| )(?:{_NOT_OUTSTANDING_PHRASES})(?: |$)"
_DENIED_PATTERN = (
    r"(?:^| )(?:NO|NOT A|NEVER|WITHOUT(?: A| ANY)?|NEITHER(?: THE| AN?)?) (?:PRIOR |FINAL |SUCH )?"
    rf"(?:{_NOT_OUTSTANDING_PHRASES})"
)
"""The same after a word that denies it: "No stay of removal is in effect"."""


def d02_order_outstanding(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row's own words do not say that no final order is outstanding, or that the subject cannot have one.

    MET: the reason says nothing of the kind. NOT_MET: it says that the order was vacated, stayed, reopened or
    cancelled, or calls the subject a citizen, a permanent resident or a minor; "no stay is in effect" says the
    opposite. Only plain statements count, and nothing
    is inferred from a name or anything else (promise 14). NOT_APPLICABLE: the agreement asks for no final order.
    """
    if not facts.requires_column("final_order_date"):
        return np.full(rows.num_rows, Outcome.NOT_APPLICABLE, dtype=np.int8)
    reason = rows.text_column("reason")
    outcome = np.full(rows.num_rows, Outcome.MET, dtype=np.int8)
    screened = rows.screened_reason_rows
    clauses = fold(pc.replace_substring_regex(reason.take(pa.array(screened)), _CLAUSE_END, r"\1 # "))
    clauses = pc.replace_substring_regex(clauses, _DENIED_PATTERN, " ")
    outcome[screened[matches_pattern(clauses, _NOT_OUTSTANDING_PATTERN)]] = Outcome.NOT_MET
    return outcome


RULE = Rule(_finding.rule, "D02", _finding.citation, ("usc8-1253-a-1-outstanding",), rows=d02_order_outstanding)
