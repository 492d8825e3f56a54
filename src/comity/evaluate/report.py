"""Collect the results of a labelled run in one value.

Guarantees: an `EvaluationReport` contains counts, shares and the names of labels, and no row of the data.
Start at `build_report`.
"""

from dataclasses import dataclass

import pyarrow as pa

from comity.decide import MatchPolicy
from comity.evaluate.error_analysis import ErrorKind, count_by_kind
from comity.evaluate.evidence_metrics import EvidenceMetrics, measure_evidence
from comity.evaluate.groups import LabelBreakdown, break_down_by_label
from comity.evaluate.labelled_data import boolean_column, match_probabilities
from comity.evaluate.outcome_counts import OutcomeCounts, measure_outcomes
from comity.evaluate.proven_tolerance import ProvenTolerance


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The results of `comity evaluate`.

    `outcomes` has the counts of all requests and, if the truth says which ones are complete, of the complete ones;
    `wrong_kinds` and `missed_kinds` are the errors by kind. `population` is the id of the population profile, and
    `tolerance` what the labels show of the tolerated error in that population, where one was asked for.
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
    population: str
    tolerance: ProvenTolerance | None
    synthetic: bool


def build_report(  # noqa: PLR0913  each is a fact of the run
    determinations: pa.Table,
    truth: pa.Table,
    errors: pa.Table,
    *,
    policy: MatchPolicy,
    model_fingerprint: str,
    population: str,
    tolerance: ProvenTolerance | None,
    synthetic: bool,
) -> EvaluationReport:
    """Measure determinations against the truth, row by row in the same order; `errors` is from `classify_errors`."""
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
        model_fingerprint=model_fingerprint,
        population=population,
        tolerance=tolerance,
        synthetic=synthetic,
    )
