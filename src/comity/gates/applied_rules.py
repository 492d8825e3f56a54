"""Which rules judged a batch, and which of its rows each of them did not judge.

A rule judges the batch when its batch function finds anything but NOT_APPLICABLE: every answer then rests on it. A rule
for rows judges those for which its outcome is another than NOT_APPLICABLE.

Start at `find_applied_rules`.
"""

from collections.abc import Mapping, Sequence

from comity.columns.buffers import Bools
from comity.gates.register import REGISTER
from comity.gates.rule import Rule
from comity.model.finding import Findings, Outcome


def find_applied_rules(findings: Findings, register: Sequence[Rule] = REGISTER) -> Mapping[str, Bools | None]:
    """Return, for each rule that judged anything, the rows that it did not judge; None where it judged all."""
    judged_batch = {f.rule for f in findings.batch_findings if f.outcome is not Outcome.NOT_APPLICABLE}
    applied: dict[str, Bools | None] = {}
    for rule in register:
        if rule.batch is not None and rule.id in judged_batch:
            applied[rule.id] = None
        elif rule.id in findings.row_findings.rules:
            skipped = findings.row_findings.rows_not_judged(rule.id)
            if not skipped.all():
                applied[rule.id] = skipped if skipped.any() else None
    return applied
