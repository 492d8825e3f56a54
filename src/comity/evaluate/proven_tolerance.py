"""What labels show of a tolerated error in a population: from which probability on it holds, or that it is not shown.

Guarantees: every label is counted by how many requests of the population it stands for; where labels do not show the
tolerated error, the result says `tolerance_unproven` and why, and no probability.
Does not: change a policy or a model.
Basis: ADR 0044; `population_labels` and `weighted_thresholds`.
Start at `weigh_labels`, then `prove_tolerance`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.decide import MatchPolicy, determine_outcomes
from comity.errors import PolicyError
from comity.evaluate.labelled_data import BoolArray, FloatArray
from comity.evaluate.population_labels import fit_shares, weigh_if_wrong
from comity.evaluate.thresholds import ToleratedError
from comity.evaluate.weighted_thresholds import WeightedThreshold, derive_weighted_threshold
from comity.match import Index
from comity.match.match_model import Model
from comity.match.request_hypotheses import RequestHypotheses, weigh_hypotheses
from comity.model.shares import Shares

MIN_CONFIRM_PROBABILITY = 0.5
"""No threshold below this probability is considered."""
MIN_LABELS_PER_CLASS = 40
"""Labels, right and wrong each: with fewer, the shares of the labels' own population are not known."""


@dataclass(frozen=True, slots=True)
class ProvenTolerance:
    """What labels show: the threshold (None: nothing, and `reason` says why); the shares of the labels' own people."""

    tolerated: ToleratedError
    threshold: WeightedThreshold | None
    reason: str
    labels: Shares | None = None

    def to_text(self) -> str:
        """Return one sentence: the probability, and the labels that it rests on; or that nothing is shown."""
        if self.threshold is None:
            return f"tolerance_unproven: {self.reason}"
        shown = self.threshold
        return (
            f"{self.tolerated}, from {shown.confirm_probability:.4f} on: {shown.accepted:,} labels "
            f"(worth {shown.effective:,.0f} of that population), {shown.wrong} of them wrong"
        )


@dataclass(frozen=True, slots=True)
class LabelledEvidence:
    """Requests with their evidence and labels, row by row in the order of `row`, and the index that they are about."""

    index: Index
    requests: pa.Table
    evidence: pa.Table
    confirmed: BoolArray


@dataclass(frozen=True, slots=True)
class WeighedLabels:
    """Labels of the requests that have a candidate: what was seen of each, its probability, and whether it is a match.

    A match is what a policy would confirm at any probability from `MIN_CONFIRM_PROBABILITY` on.
    """

    hypotheses: RequestHypotheses
    confirmed: BoolArray
    probability: FloatArray
    is_match: BoolArray


def weigh_labels(labelled: LabelledEvidence, model: Model, shares: Shares, policy: MatchPolicy) -> WeighedLabels:
    """Return the labels with their hypotheses; the evidence must have been weighed with the same model and shares."""
    hypotheses = weigh_hypotheses(labelled.index, labelled.requests, model, shares)
    position = np.searchsorted(labelled.evidence["row"].to_numpy(), hypotheses.row)
    low = min(policy.review_probability, MIN_CONFIRM_PROBABILITY)
    any_probability = replace(policy, confirm_probability=MIN_CONFIRM_PROBABILITY, review_probability=low)
    outcomes = determine_outcomes(labelled.evidence, any_probability)
    return WeighedLabels(
        hypotheses,
        labelled.confirmed[position],
        labelled.evidence["match_probability"].to_numpy()[position],
        pc.equal(outcomes["outcome"], "match").to_numpy()[position],
    )


def concat_weighed_labels(parts: Sequence[WeighedLabels]) -> WeighedLabels:
    """Return the labels of several files, weighed with the same shares, as those of one."""
    hypotheses = RequestHypotheses(
        row=np.concatenate([part.hypotheses.row for part in parts]),
        on_record=np.concatenate([part.hypotheses.on_record for part in parts]),
        rivals=np.concatenate([part.hypotheses.rivals for part in parts]),
        shares=parts[0].hypotheses.shares,
    )
    return WeighedLabels(
        hypotheses,
        confirmed=np.concatenate([part.confirmed for part in parts]),
        probability=np.concatenate([part.probability for part in parts]),
        is_match=np.concatenate([part.is_match for part in parts]),
    )


def prove_tolerance(labels: WeighedLabels, tolerated: ToleratedError) -> ProvenTolerance:
    """Return what labels show of a tolerated error in the population of the shares that they were weighed with."""
    if min(labels.confirmed.sum(), (~labels.confirmed).sum()) < MIN_LABELS_PER_CLASS:
        reason = f"There are fewer than {MIN_LABELS_PER_CLASS} labels of one kind."
        return ProvenTolerance(tolerated, None, reason)
    own = fit_shares(labels.hypotheses, labels.confirmed)
    weight = weigh_if_wrong(labels.hypotheses, own, labels.hypotheses.shares)
    chosen = labels.is_match
    try:
        threshold = derive_weighted_threshold(
            labels.probability[chosen], labels.confirmed[chosen], weight[chosen], tolerated
        )
    except PolicyError as unproven:
        return ProvenTolerance(tolerated, None, unproven.message, own)
    return ProvenTolerance(tolerated, threshold, "", own)
