"""Cross-fit a model over households, and measure what labels that no weight was fitted on have shown.

Guarantees: every probability measured comes from weights and a calibration made without the household it belongs to, or
from other files than those the weights were fitted on.
Basis: ADR 0006 and 0007; docs/guides/training.md.
Start at `cross_fit`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.decide import MatchPolicy, determine_outcomes
from comity.errors import PolicyError, RequestError
from comity.evaluate.evidence_metrics import HIGH_CONFIDENCE, EvidenceMetrics, measure_evidence
from comity.evaluate.labelled_data import boolean_column, match_probabilities
from comity.evaluate.thresholds import ToleratedError, derive_confirm_threshold
from comity.evaluate.training_sources import OpenSource
from comity.law import load_populations
from comity.match import match_requests
from comity.match.match_model import Model, dump_model, parse_model
from comity.match.training.calibration import fit_calibration
from comity.match.training.fit import PenalizedLogLikelihood, fit_supervised
from comity.match.training.model_dict import to_model_dict
from comity.match.training.priors import WeightVectors
from comity.match.training.training_pairs import FOLD_COUNT, TrainingPairs
from comity.model.progress import ProgressCallback
from comity.model.shares import Shares

TOLERATED_WRONG, TOLERATED_OUT_OF = (1, 2, 5, 10, 20), 1000
"""Wrong in 1,000, for each of which `confirm_from` states from which probability on that holds."""
MIN_MATCH_PROBABILITY = 0.5
"""No confirmation below this probability is considered."""
MIN_JUDGMENTS_PER_CLASS = 40
"""Judgments, right and wrong each: with fewer, four folds show nothing."""
_SAMPLE_SEED = 6103


FittedModel = tuple[Model, Shares]
"""A model, and the shares that were fitted beside it."""


def cross_fit(
    pairs: TrainingPairs, initial: WeightVectors, progress: ProgressCallback
) -> tuple[list[FittedModel], dict[str, Any], Shares]:
    """Fit a model for each fold without that fold's labels, and one model, as a dictionary, from all labels.

    Returns the models of the folds; the model of all labels; and the shares that were fitted beside it.

    Raises:
        RequestError: `bad_argument`, there are fewer than `MIN_JUDGMENTS_PER_CLASS` right or wrong judgments.
    """
    if min(pairs.confirmed.sum(), (~pairs.confirmed).sum()) < MIN_JUDGMENTS_PER_CLASS:
        raise RequestError(
            "bad_argument",
            f"There are fewer than {MIN_JUDGMENTS_PER_CLASS} judgments of one kind, "
            "so nothing they show could be trusted.",
            "Judge more requests, both right and wrong ones, or train without --truth.",
        )
    raw, fold_weights = np.zeros(len(pairs.confirmed)), []
    for fold in range(FOLD_COUNT):
        progress("fitting", fold / (FOLD_COUNT + 1))
        is_held_out = pairs.fold == fold
        fold_weights.append(fit_supervised(pairs.subset(~is_held_out), initial))
        raw[is_held_out] = PenalizedLogLikelihood(pairs.subset(is_held_out)).raw_weights(fold_weights[-1])
    progress("fitting", FOLD_COUNT / (FOLD_COUNT + 1))
    is_fitted = [pairs.fold != fold for fold in range(FOLD_COUNT)]
    calibrations = [fit_calibration(raw[chosen], pairs.confirmed[chosen]) for chosen in is_fitted]
    models = [
        (parse_model(dump_model(to_model_dict(weights, calibration))), Shares.from_weights(weights["rivals"]))
        for weights, calibration in zip(fold_weights, calibrations, strict=True)
    ]
    weights = fit_supervised(pairs, initial)
    data = to_model_dict(weights, fit_calibration(raw, pairs.confirmed))
    return models, data, Shares.from_weights(weights["rivals"])


def label_folds(source: OpenSource) -> npt.NDArray[np.int64]:
    """Return the fold of each label; a request without a candidate has none, and counts as fold 0."""
    folds = dict(zip(source.pairs.row_numbers.tolist(), source.pairs.fold.tolist(), strict=True))
    return np.array([folds.get(row, 0) for row in source.labels["row"].to_pylist()], dtype=np.int64)


def determine_held_out(source: OpenSource, folds: npt.NDArray[np.int64], models: Sequence[FittedModel]) -> pa.Table:
    """Match the labelled requests of a source, each under the model and the shares of its fold.

    Returns row, outcome (from `MIN_MATCH_PROBABILITY` up), match_probability, confirmed, household and first_name, in
    the order of the rows.
    """
    labelled = source.requests.take(pc.index_in(source.labels["row"], source.requests["row"].combine_chunks()))
    policy = MatchPolicy(confirm_probability=MIN_MATCH_PROBABILITY)
    tables = []
    for fold, (model, shares) in enumerate(models):
        chosen = pa.array(folds == fold)
        labels, requests = source.labels.filter(chosen), labelled.filter(chosen)
        evidence = match_requests(source.index, requests, model=model, shares=shares)
        determinations = determine_outcomes(evidence, policy)
        columns = {name: determinations[name] for name in ("row", "outcome", "match_probability")}
        columns |= {name: labels[name] for name in ("confirmed", "household")}
        tables.append(pa.table(columns | {"first_name": requests["first_name"]}))
    return pa.concat_tables(tables).sort_by("row")


def measure_held_out(held_out: pa.Table) -> EvidenceMetrics:
    """Measure the probabilities from `determine_held_out` against their labels."""
    return measure_evidence(match_probabilities(held_out), boolean_column(held_out, "confirmed"))


def reliability_section(held_out: pa.Table, evidence: EvidenceMetrics, method: str, shares: Shares) -> dict[str, Any]:
    """Return what labels that no weight was fitted on have shown: `reliability` and `confirm_from` of a model file.

    `held_out` is from `determine_held_out`, weighed with `shares`; `method` says in words how the labels were held out.
    """
    bins = [
        {
            "from": each.low,
            "to": each.high,
            "requests": each.requests,
            "claimed": round(each.mean_probability, 5),
            "observed": round(each.observed_share, 5),
            "interval": [round(end, 5) for end in each.observed_interval],
        }
        for each in evidence.bins
    ]
    reliability = {
        "how": method,
        "requests": len(held_out),
        "confirmed": int(boolean_column(held_out, "confirmed").sum()),
        "ece": round(evidence.ece, 5),
        f"claimed_minus_true_from_{HIGH_CONFIDENCE}": round(evidence.high_confidence.calibration_gap, 5),
        "bins": bins,
    }
    thresholds = _proven_thresholds(held_out)
    return {"reliability": reliability, "confirm_from": [make_proof(shares, thresholds, method)] if thresholds else []}


def make_proof(
    shares: Shares, thresholds: list[list[float]], method: str, conditions: Sequence[str] = ()
) -> dict[str, Any]:
    """Return one entry of `confirm_from` of a model file: what labels have shown where requests are weighed so.

    `conditions` are those of `MatchPolicy.further_conditions` without which it is not shown.
    """
    names = [name for name, profile in load_populations().items() if profile.least_favorable == shares]
    population = names[0] if names else "the population of the labels"
    return {
        "population": population,
        "shares": shares.fingerprint,
        "conditions": list(conditions),
        "how": method,
        "thresholds": thresholds,
    }


def _proven_thresholds(held_out: pa.Table) -> list[list[float]]:
    """Return (error rate, probability from which on it holds) for each tolerated error that the labels show to hold.

    Each person counts once, because one person may occur in several files.
    """
    name_starts = pc.utf8_upper(pc.utf8_slice_codeunits(pc.fill_null(held_out["first_name"], ""), 0, 3))
    persons = pc.binary_join_element_wise(held_out["household"], name_starts, "|")
    matched = held_out.append_column("person", persons).filter(pc.equal(held_out["outcome"], "match"))
    # which of a person's labels is taken must not depend on the label
    order = np.random.default_rng(_SAMPLE_SEED).permutation(len(matched))
    by_person = {
        row["person"]: (row["match_probability"], row["confirmed"]) for row in matched.take(pa.array(order)).to_pylist()
    }
    score = np.array([probability for probability, _ in by_person.values()])
    truth = np.array([is_confirmed for _, is_confirmed in by_person.values()], dtype=bool)
    thresholds = []
    for wrong in TOLERATED_WRONG:
        try:
            threshold = derive_confirm_threshold(score, truth, ToleratedError(wrong, TOLERATED_OUT_OF))
        except PolicyError:
            continue
        # rounded up, so that the stated probability is never below the proven one
        probability = float(np.ceil(threshold.confirm_probability * 1e4) / 1e4)
        thresholds.append([wrong / TOLERATED_OUT_OF, probability])
    return thresholds
