"""Whether the date of issue, which nothing signs, fits birth, expiry, the chip's signature and the day."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.dates_of_paper import find_misfits, read_issue
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    issue = read_issue(evidence)
    if issue is None or issue[0] is None:
        return
    misfits = find_misfits(evidence, issue[0])
    if misfits:
        yield "", Outcome.NOT_MET, f"The date of issue does not fit the paper: {', '.join(misfits)}."
    else:
        yield "", Outcome.MET, "The date of issue fits the other dates. Nobody signed it."


CHECK = Check("issue_date", "22 CFR 51.4; no standard: unsigned", _judge)
