"""Train a model on a custodian's own records: without labels, or with the judgments that exist.

A model has weights, which are likelihood ratios. The shares of whom the labels are about (`comity.model.shares`) are
fitted beside them, because weights cannot be fitted without, and are no part of it.

Without labels, expectation-maximization learns how often people write things alike; such a model ranks, but has shown
nothing, so nothing may be confirmed by it (`confirm_from` is empty). With labels, the weights are fitted to them and
calibrated, and the file states how far its claims held on labels that no weight was fitted on.

Guarantees: deterministic: the same files give the same model; no name, address or number is in a model, only weights,
counts and shares; labels that a `TrainingSource` excludes by `split` are never read.
Does not: choose a policy (the agreement does), or replace the shipped model.
Basis: ADR 0006, 0007, 0015 and 0044; docs/guides/training.md.
Start at `train_model`.
"""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from comity.errors import RequestError
from comity.evaluate.cross_validation import (
    FittedModel,
    cross_fit,
    determine_held_out,
    label_folds,
    measure_held_out,
    reliability_section,
)
from comity.evaluate.evidence_metrics import EvidenceMetrics
from comity.evaluate.training_sources import OpenSource, TrainingSource, fingerprint_sources, open_source
from comity.match.index.blocking_rules import BLOCKING_RULES, MAX_BLOCK_SIZE
from comity.match.match_model import Model, dump_model, parse_model
from comity.match.training.calibration import IDENTITY_CALIBRATION
from comity.match.training.fit import fit_em
from comity.match.training.model_dict import to_model_dict
from comity.match.training.priors import DEFAULT_M, initial_weights
from comity.match.training.splink_import import SplinkImport
from comity.match.training.training_pairs import FOLD_COUNT, TrainingPairs, concat_training_pairs
from comity.model.progress import ProgressCallback, no_progress
from comity.model.shares import Shares

CROSS_FITTED_NOTE = f"cross-fitted in {FOLD_COUNT} folds over households; intervals exact, 95 %"
CHECKED_NOTE = "on other files, whose labels no weight was fitted on; intervals exact, 95 %"

__all__ = ["TrainingResult", "TrainingSource", "train_model"]


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A model file's text, the model in it, and what its labels have shown (`evidence` is None without labels).

    `shares` are those of the people whom the labels are about, fitted beside the weights; None without labels.
    """

    model_json: str
    model: Model
    shares: Shares | None
    requests: int
    labelled_requests: int
    data_fingerprint: str
    evidence: EvidenceMetrics | None


def train_model(  # noqa: PLR0913  all but one have defaults
    sources: Sequence[TrainingSource],
    *,
    checks: Sequence[TrainingSource] = (),
    shares: Shares | None = None,
    start: SplinkImport | None = None,
    about: Mapping[str, Any] | None = None,
    progress: ProgressCallback = no_progress,
) -> TrainingResult:
    """Fit a model on the sources, to their labels if each has a truth, else by expectation-maximization.

    With `checks`, whose labels no weight is fitted on, reliability and `confirm_from` are measured on them instead of
    cross-fitted. They are measured with `shares`, which are to be those that requests will be weighed with, or else
    with the shares that are fitted beside the weights. `start` gives the m probabilities of a Splink model; `about` is
    added to the model's card as it is.

    Raises:
        ComityError: the records, requests or truth cannot be used as they are, or there are too few judgments.
    """
    is_labelled = all(source.truth is not None for source in sources)
    prior_m = start.m_probabilities if start else DEFAULT_M
    evidence, fitted_shares = None, None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comity-train-")))
        open_sources = []
        for number, source in enumerate(sources):
            progress("reading and comparing", number / len(sources))
            open_sources.append(open_source(stack, source, folder / str(number)))
        pairs = concat_training_pairs([source.pairs for source in open_sources])
        if not len(pairs.request_index):
            raise RequestError(
                "bad_argument",
                "No request meets a record, so there is nothing to learn from.",
                "Give requests about these records.",
            )
        initial = initial_weights(pairs.u_probabilities, prior_m)
        if is_labelled:
            fold_models, data, fitted_shares = cross_fit(pairs, initial, progress)
            progress("measuring", 0.0)
            if checks:
                check_sources = [open_source(stack, c, folder / f"check{number}") for number, c in enumerate(checks)]
                fitted = (parse_model(dump_model(data)), shares or fitted_shares)
                held_out = _determine_checks(check_sources, fitted)
            else:
                models = [(model, shares or of_fold) for model, of_fold in fold_models]
                held_out = pa.concat_tables(
                    [determine_held_out(source, label_folds(source), models) for source in open_sources]
                )
            evidence = measure_held_out(held_out)
            method = CHECKED_NOTE if checks else CROSS_FITTED_NOTE
            data |= reliability_section(held_out, evidence, method, shares or fitted_shares)
        else:
            progress("learning without labels", 0.0)
            data = to_model_dict(fit_em(pairs, initial, m=prior_m), IDENTITY_CALIBRATION)
    data_fingerprint = fingerprint_sources([*sources, *checks])
    data["about"] = _model_card(sources, pairs, is_labelled=is_labelled, start=start) | dict(about or {})
    data["about"]["data_fingerprint"] = data_fingerprint
    model_json = dump_model(data)
    progress("done", 1.0)
    return TrainingResult(
        model_json=model_json,
        model=parse_model(model_json),
        shares=fitted_shares,
        requests=sum(len(source.requests) for source in open_sources),
        labelled_requests=len(pairs.confirmed) if is_labelled else 0,
        data_fingerprint=data_fingerprint,
        evidence=evidence,
    )


def _determine_checks(sources: Sequence[OpenSource], model: FittedModel) -> pa.Table:
    """Match the labelled requests of every source under one model, with its shares."""
    return pa.concat_tables(
        [determine_held_out(source, np.zeros(len(source.labels), dtype=np.int64), [model]) for source in sources]
    )


def _model_card(
    sources: Sequence[TrainingSource], pairs: TrainingPairs, *, is_labelled: bool, start: SplinkImport | None
) -> dict[str, Any]:
    """Return what the model file states about itself, in words; files on disk have this text, so it stays as it is."""
    label_count, confirmed_count = len(pairs.confirmed), int(pairs.confirmed.sum())
    labelled = (
        f"{label_count} judgments, {confirmed_count} of them confirmed: weights, calibration, reliability, confirm_from"
    )
    return {
        "what": "Weights in bits for comity.match (docs/guides/training.md); written by comity train, never by hand.",
        "sources": len(sources),
        "requests": label_count,
        "labels": (
            labelled
            if is_labelled
            else "none: expectation-maximization; not calibrated, and nothing may be confirmed by it"
        ),
        "start": (
            "m as stated by Comity"
            if start is None
            else {"m of a Splink model": list(start.used), "not used": list(start.ignored)}
        ),
        "stated": "suffix and tin are stated by judgment, whatever the data",
        "blocking": {"rules": [rule.name for rule in BLOCKING_RULES], "hot": MAX_BLOCK_SIZE},
    }
