"""D02: the row does not itself say that no order is outstanding. Basis: 8 USC 1253(a)(1); law.md D02, D03, D05 [INF]."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.gates.facts import Facts
from comity.gates.folding import Int8s, fold, matches
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says
from comity.model.finding import Outcome

_SAYS = Says("d02_order_outstanding", "8 USC 1253(a)(1)")
_IS = "(?:(?:IS|WAS|WERE|HAS BEEN|HAD BEEN|BEEN|NOW|SINCE|ALSO) )*"
_ORDER = "(?:ORDER(?: OF REMOVAL)?|REMOVAL(?: ORDER| PROCEEDINGS?)?|PROCEEDINGS?|DEPORTATION(?: ORDER)?)"
_SUBJECT = "(?:SUBJECT|TAXPAYER|RESPONDENT|HE|SHE|THEY)"
_NOT_OUTSTANDING = "|".join(
    (
        rf"{_ORDER} {_IS}(?:VACATED|STAYED|RESCINDED|REOPENED|CANCELL?ED|TERMINATED|ADMINISTRATIVELY CLOSED)",
        rf"(?:STAY|CANCELLATION) OF (?:REMOVAL|DEPORTATION) {_IS}(?:GRANTED|IN EFFECT|IN PLACE|PENDING|ENTERED)",
        rf"{_SUBJECT} (?:IS|WAS|HAS BEEN|HAS SINCE BEEN) (?:NOW )?NATURALI[SZ]ED",
        rf"{_SUBJECT} IS (?:NOW )?(?:AN? )?(?:(?:US|U S|UNITED STATES|AMERICAN) CITIZEN|(?:LAWFUL )?PERMANENT RESIDENT|LPR)",
        rf"{_SUBJECT} IS (?:AN? )?(?:UNACCOMPANIED )?(?:MINOR|JUVENILE|CHILD)(?: #| AT| AGED| UNDER|$)",
    )
)
_ENDS = r"([a-z0-9]\.|[,;:])(?:\s|$)"
"""Where a clause ends; not behind the letters of "U.S. citizen"."""
_PATTERN = rf"(?:^| )(?:{_NOT_OUTSTANDING})(?: |$)"


def d02_order_outstanding(facts: Facts, rows: Rows) -> Int8s:
    """The row's own words do not say that the final order is not outstanding, or not against somebody it can be against.

    MET: the reason says nothing of the kind. NOT_MET: it says that the order was vacated, stayed, reopened or cancelled,
    or calls the subject a citizen, a permanent resident or a minor. Only plain statements count, and nothing is inferred
    from a name or anything else (promise 14). NOT_APPLICABLE: the agreement asks for no final order.
    """
    if not facts.needs("final_order_date"):
        return np.full(rows.count, Outcome.NOT_APPLICABLE, dtype=np.int8)
    reason = rows.text("reason")
    outcome = np.full(rows.count, Outcome.MET, dtype=np.int8)
    where = rows.unusual_reasons
    said = fold(pc.replace_substring_regex(reason.take(pa.array(where)), _ENDS, r"\1 # "))
    outcome[where[matches(said, _PATTERN)]] = Outcome.NOT_MET
    return outcome


RULE = Rule(_SAYS.rule, "D02", _SAYS.citation, ("usc8-1253-a-1-outstanding",), rows=d02_order_outstanding)
