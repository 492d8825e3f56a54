"""The form of a check: an id, the standard that it rests on, and a function from evidence to findings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Finding, Outcome

Judgment = tuple[str, Outcome, str]
"""The part that is judged (empty: all of it), the outcome, and a message without any value from the paper."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. It gives no judgment when what it looks at was not presented.

    `is_of_form`: it says whether something is formed as its standard requires, which anyone can bring about.
    """

    id: str
    citation: str
    judge: Callable[[Evidence], Iterable[Judgment]]
    is_of_form: bool = False

    def run(self, evidence: Evidence) -> tuple[Finding, ...]:
        """Return the findings, one for each part judged, named `<id>` or `<id>.<part>`."""
        return tuple(
            Finding(f"{self.id}.{suffix}" if suffix else self.id, outcome, self.citation, message)
            for suffix, outcome, message in self.judge(evidence)
        )
