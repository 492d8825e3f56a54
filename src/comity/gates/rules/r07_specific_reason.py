"""R07: specific reasons. Basis: 26 USC 6103(i)(2)(B)(iv); failure mode R07 (identical text alone is a flag [INF])."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Int8s
from comity.columns.fold import fold
from comity.columns.patterns import matches_pattern, to_bools
from comity.columns.row_hashes import mode_count
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, met_where
from comity.model.finding import Finding, Outcome
from comity.reference.placeholders import NO_ENTRY_PATTERN

_MAX_PLACEHOLDER_BYTES = 50
_finding = FindingBuilder("r07_specific_reason", "26 USC 6103(i)(2)(B)(iv)")


def r07_specific_reason(facts: Facts, rows: RequestColumns) -> Finding:
    """The reasons are specific: not one text for most of the subjects.

    MET: no reason, compared without case and marks, is given in more than the agreement's share of the rows.
    UNDETERMINED: one does, in more rows than the agreement tolerates: counsel must say whether it is specific; or
    the agreement is not on file. NOT_MET: no row gives a reason. NOT_APPLICABLE: the agreement does not ask for it.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    if not facts.requires_column("reason"):
        return _finding.not_applicable("The agreement does not ask for a reason subject by subject.")
    caps = facts.agreement.caps
    tolerated = caps.same_reason_rows.value
    count = rows.cached(("most common reason", tolerated), lambda: _most_common_reason_count(rows, tolerated))
    if count > tolerated and count * 100 > rows.num_rows * caps.same_reason_percent.value:
        return _finding.undetermined(
            f"One reason, word for word, is given for more than {caps.same_reason_percent.value} % of the subjects. "
            "The statute asks for the specific reasons why each disclosure is relevant, and a text for everybody may "
            "be none. Counsel must decide; give the reasons subject by subject to avoid the wait."
        )
    return _finding.met("No single reason is given for most of the subjects.")


def _most_common_reason_count(rows: RequestColumns, tolerated: int) -> int:
    """Return how many rows give the most common reason, ignoring case and marks.

    Equal reasons have equal letter sums, so only the rows with the most common sum are compared word for word. The
    count is exact if one reason has a majority, and at most too low otherwise.
    """
    sums = rows.reason_letter_hashes()
    counts = np.bincount(sums, minlength=1)
    counts[0] = 0  # rows without a reason
    if counts.max() <= tolerated:
        return int(counts.max())
    candidates = np.flatnonzero(sums == counts.argmax())
    return mode_count(fold(rows.text_column("reason").take(pa.array(candidates))))


def r07_specific_reason_rows(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row gives a reason.

    MET: at least two words that are no placeholder. NOT_MET: missing, one word, or "N/A", "TBD", "see file".
    NOT_APPLICABLE: the agreement does not ask for the column.
    """
    if not facts.requires_column("reason"):
        return np.full(rows.num_rows, Outcome.NOT_APPLICABLE, dtype=np.int8)
    reason = rows.text_column("reason")
    outcome = met_where(matches_pattern(reason, r"\pL\S*\s+\S*\pL"))
    short = np.flatnonzero(to_bools(pc.less(pc.binary_length(reason), _MAX_PLACEHOLDER_BYTES)))
    is_placeholder = matches_pattern(fold(reason.take(pa.array(short))), NO_ENTRY_PATTERN)
    outcome[short[is_placeholder]] = Outcome.NOT_MET
    return outcome


RULE = Rule(
    _finding.rule,
    "R07",
    _finding.citation,
    ("usc26-6103-i-2-B-iv",),
    batch=r07_specific_reason,
    rows=r07_specific_reason_rows,
    columns=("reason",),
    refuses_batch_if_no_row_passes=True,
)
