"""Everything that a labelled run shows, in one value.

Guarantees: a `Report` holds counts, shares and the names of labels; no row of the data.
Start at `report_on`.
"""

from dataclasses import dataclass

import pyarrow as pa

from comity.decide import MatchPolicy
from comity.evaluate.confusions import Kind, counted
from comity.evaluate.groups import Label, by_label
from comity.evaluate.measures import Evidence, Outcomes, flags, measure_evidence, measure_outcomes, probabilities


@dataclass(frozen=True, slots=True)
class Report:
    """What `evaluate` found.

    `outcomes` are of all requests and, where the truth says which are, of the complete ones; `wrong` and `missed` are the
    errors by kind.
    """

    requests: int
    confirmed: int
    evidence: Evidence
    outcomes: tuple[Outcomes, ...]
    labels: tuple[Label, ...]
    wrong: tuple[Kind, ...]
    missed: tuple[Kind, ...]
    policy: MatchPolicy
    model_fingerprint: str
    synthetic: bool


def report_on(  # noqa: PLR0913  each is a fact of the run
    determinations: pa.Table, truth: pa.Table, errors: pa.Table, *, policy: MatchPolicy, model: str, synthetic: bool
) -> Report:
    """Measure determinations against the truth, row by row in the same order; `errors` as `errors_by_kind` gives them."""
    confirmed = flags(truth, "confirmed")
    return Report(
        requests=len(confirmed),
        confirmed=int(confirmed.sum()),
        evidence=measure_evidence(probabilities(determinations), confirmed),
        outcomes=measure_outcomes(determinations, truth),
        labels=by_label(determinations, truth),
        wrong=counted(errors, "wrong"),
        missed=counted(errors, "missed"),
        policy=policy,
        model_fingerprint=model,
        synthetic=synthetic,
    )
