"""Everything that a labelled run shows, in one value.

Guarantees: a `Report` holds counts, shares and the names of labels; no row of the data.
Start at `report_on`.
"""

from dataclasses import dataclass

import pyarrow as pa

from comity.decide import MatchPolicy
from comity.evaluate.error_analysis import ErrorKind, count_by_kind
from comity.evaluate.groups import LabelBreakdown, break_down_by_label
from comity.evaluate.measures import (
    EvidenceMetrics,
    OutcomeCounts,
    boolean_column,
    match_probabilities,
    measure_evidence,
    measure_outcomes,
)


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What `evaluate` found.

    `outcomes` are of all requests and, where the truth says which are, of the complete ones; `wrong` and `missed` are the
    errors by kind.
    """

    requests: int
    confirmed: int
    evidence: EvidenceMetrics
    outcomes: tuple[OutcomeCounts, ...]
    label_breakdowns: tuple[LabelBreakdown, ...]
    wrong_kinds: tuple[ErrorKind, ...]
    missed_kinds: tuple[ErrorKind, ...]
    policy: MatchPolicy
    model_fingerprint: str
    synthetic: bool


def build_report(  # noqa: PLR0913  each is a fact of the run
    determinations: pa.Table, truth: pa.Table, errors: pa.Table, *, policy: MatchPolicy, model: str, synthetic: bool
) -> EvaluationReport:
    """Measure determinations against the truth, row by row in the same order; `errors` as `errors_by_kind` gives them."""
    confirmed = boolean_column(truth, "confirmed")
    return EvaluationReport(
        requests=len(confirmed),
        confirmed=int(confirmed.sum()),
        evidence=measure_evidence(match_probabilities(determinations), confirmed),
        outcomes=measure_outcomes(determinations, truth),
        label_breakdowns=break_down_by_label(determinations, truth),
        wrong_kinds=count_by_kind(errors, "wrong"),
        missed_kinds=count_by_kind(errors, "missed"),
        policy=policy,
        model_fingerprint=model,
        synthetic=synthetic,
    )
