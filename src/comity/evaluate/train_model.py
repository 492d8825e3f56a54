"""Train a model on a custodian's own records: without labels, or with the judgments that exist.

Without labels, expectation-maximization learns how often people write things alike; such a model ranks, but has shown nothing,
so nothing may be confirmed by it (`confirm_from` is empty). With labels, the weights are moved by them and calibrated, and
the file says how far its claims held: every probability measured comes from weights and a calibration that were made without
the household it belongs to.

Guarantees: deterministic: the same files give the same model; no name, address or number is in a model, only weights, counts
and shares; labels that a Source leaves out by `split` are never read.
Does not: choose a policy (the agreement does), or replace the shipped model.
Basis: ADR 0006, 0007 and 0015; docs/guides/training.md.
Start at `train_model`.
"""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.decide import MatchPolicy, determine_outcomes
from comity.errors import PolicyError, RequestError
from comity.evaluate.evaluation import cast_label_columns, read_labelled_table, read_requests
from comity.evaluate.measures import HIGH_CONFIDENCE, EvidenceMetrics, boolean_column, measure_evidence
from comity.evaluate.thresholds import ToleratedError, derive_confirm_threshold
from comity.match import Index, build_index, match_requests
from comity.match.index.blocking_rules import BLOCKING_RULES, MAX_BLOCK_SIZE
from comity.match.match_model import Model, dump_model, parse_model
from comity.match.records_source import list_record_files
from comity.match.training.calibration import IDENTITY_CALIBRATION, fit_calibration
from comity.match.training.fit import PenalizedLogLikelihood, fit_em, fit_supervised
from comity.match.training.model_dict import to_model_dict
from comity.match.training.priors import DEFAULT_M, WeightVectors, initial_weights
from comity.match.training.splink_import import SplinkImport
from comity.match.training.training_pairs import (
    FOLD_COUNT,
    LABELS_SCHEMA,
    LabeledPairs,
    TrainingPairs,
    build_labeled_pairs,
    concat_training_pairs,
)
from comity.model.progress import ProgressCallback, no_progress

TOLERATED_WRONG, TOLERATED_OUT_OF = (1, 2, 5, 10, 20), 1000
"""Wrong in 1,000, for which `confirm_from` says from which probability on that holds."""
MIN_MATCH_PROBABILITY = 0.5
"""No confirmation below this probability is ever looked at."""
CROSS_FITTED_NOTE = f"cross-fitted in {FOLD_COUNT} folds over households; intervals exact, 95 %"
CHECKED_NOTE = "on other files, whose labels no weight was fitted on; intervals exact, 95 %"
MIN_JUDGMENTS_PER_CLASS = 40
"""Judgments of either kind: with fewer, four folds show nothing."""


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """Files to train on. `truth` has request_id, confirmed and, if known, household; requests it does not name are unlabelled.

    With `split`, only truth whose column `split` says so is read (the evaluation protocol).
    """

    records: Path
    requests: Path
    truth: Path | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A model file's text, the model in it, and what its labels have shown (`evidence` is None without labels)."""

    model_json: str
    model: Model
    requests: int
    labelled_requests: int
    data_fingerprint: str
    evidence: EvidenceMetrics | None


@dataclass(frozen=True, slots=True)
class _OpenSource:
    index: Index
    requests: pa.Table
    labels: pa.Table
    pairs: LabeledPairs


def train_model(
    sources: Sequence[TrainingSource],
    *,
    checks: Sequence[TrainingSource] = (),
    start: SplinkImport | None = None,
    about: Mapping[str, Any] | None = None,
    progress: ProgressCallback | None = None,
) -> TrainingResult:
    """Fit a model on the sources; labelled if they have a truth, by expectation-maximization if not.

    With `checks`, labels that no weight is fitted on, reliability and `confirm_from` are theirs instead of cross-fitted ones.
    `start` is a Splink model's m (`comity.match.training.splink_import`); `about` goes into the model's card as it is.

    Raises:
        ComityError: the records, requests or truth cannot be used as they are; too few judgments.
    """
    say = progress or no_progress
    is_labelled = all(source.truth is not None for source in sources)
    stated = start.m_probabilities if start else DEFAULT_M
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comity-train-")))
        runs = []
        for i, source in enumerate(sources):
            say("reading and comparing", i / len(sources))
            runs.append(_open_source(stack, source, folder / str(i)))
        pairs = concat_training_pairs([run.pairs for run in runs])
        if not len(pairs.request_index):
            raise RequestError(
                "bad_argument", "No request meets a record, so there is nothing to learn from.", "Give requests about these records."
            )  # fmt: skip
        first, evidence = initial_weights(pairs.u_probabilities, stated), None
        if is_labelled:
            by_fold, data = _cross_fit(pairs, first, say)
            say("measuring", 0.0)
            held = [(run, _fold_by_label(run), by_fold) for run in runs]
            if checks:
                whole, checked = (
                    parse_model(dump_model(data)),
                    [_open_source(stack, c, folder / f"check{i}") for i, c in enumerate(checks)],
                )
                held = [(run, np.zeros(len(run.labels), dtype=np.int64), [whole]) for run in checked]
            found = pa.concat_tables([_determine_held_out(*each) for each in held])
            evidence = measure_held_out(found)
            data |= reliability_section(found, evidence, CHECKED_NOTE if checks else CROSS_FITTED_NOTE)
        else:
            say("learning without labels", 0.0)
            data = to_model_dict(fit_em(pairs, first, m=stated), IDENTITY_CALIBRATION)
    data_fingerprint = fingerprint_sources([*sources, *checks])
    data["about"] = _model_card(sources, pairs, is_labelled=is_labelled, start=start) | dict(about or {})
    data["about"]["data_fingerprint"] = data_fingerprint
    text = dump_model(data)
    say("done", 1.0)
    labelled = len(pairs.confirmed) if is_labelled else 0
    return TrainingResult(
        text, parse_model(text), sum(len(r.requests) for r in runs), labelled, data_fingerprint, evidence
    )


def fingerprint_sources(sources: Sequence[TrainingSource]) -> str:
    """SHA-256 over the SHA-256 of every file that was read, in the order of the sources, in hex."""
    total = hashlib.sha256()
    for source in sources:
        for path in [*list_record_files([source.records]), source.requests, *([source.truth] if source.truth else [])]:
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
        total.update((source.split or "").encode())
    return total.hexdigest()


def _model_card(
    sources: Sequence[TrainingSource], pairs: TrainingPairs, *, is_labelled: bool, start: SplinkImport | None
) -> dict[str, Any]:
    """What the model says of itself."""
    confirmed = int(pairs.confirmed.sum())
    return {
        "what": "Weights in bits for comity.match (docs/guides/training.md); written by comity train, never by hand.",
        "sources": len(sources),
        "requests": len(pairs.confirmed),
        "labels": (
            f"{len(pairs.confirmed)} judgments, {confirmed} of them confirmed: weights, calibration, reliability, confirm_from"
            if is_labelled
            else "none: expectation-maximization; not calibrated, and nothing may be confirmed by it"
        ),
        "start": "m as stated by Comity" if start is None else {"m of a Splink model": list(start.used), "not used": list(start.ignored)},
        "stated": "suffix, tin and namesake_unsuffixed are stated by judgment, whatever the data",
        "blocking": {"rules": [rule.name for rule in BLOCKING_RULES], "hot": MAX_BLOCK_SIZE},
    }  # fmt: skip


def _open_source(stack: ExitStack, source: TrainingSource, folder: Path) -> _OpenSource:
    """The source's index, its requests, the labels it may use, and its pairs."""
    requests = read_requests(source.requests)
    labels = _read_labels(source, requests)
    build_index([source.records], folder)
    index = stack.enter_context(Index.open(folder))
    return _OpenSource(index, requests, labels, build_labeled_pairs(index, requests, labels))


def _read_labels(source: TrainingSource, requests: pa.Table) -> pa.Table:
    """The labels of the requests (schema `LABELS`); without a truth, every request, as not confirmed."""
    homes = pc.binary_join_element_wise(*(pc.fill_null(pc.utf8_upper(requests[c]), "") for c in ("street", "zip")), "|")
    asked = requests.select(["row", "request_id"]).append_column("home", homes)
    if source.truth is None:
        columns = [asked["row"], pa.chunked_array([pa.array(np.zeros(len(asked), dtype=bool))]), asked["home"]]
        return pa.table(columns, schema=LABELS_SCHEMA)
    truth = read_labelled_table(source.truth, ("request_id", "confirmed", *(["split"] if source.split else [])))
    if source.split:
        truth = truth.filter(pc.equal(truth["split"], source.split))
    truth = cast_label_columns(truth)
    if pc.count_distinct(truth["request_id"]).as_py() < len(truth):
        raise RequestError("bad_argument", "The truth judges a request twice.", "Give one judgment for each request.")
    known = [name for name in ("request_id", "confirmed", "household") if name in truth.column_names]
    truth = truth.select(known).set_column(0, "request_id", truth["request_id"].cast(pa.string()))
    found = asked.join(truth, "request_id", join_type="inner").sort_by("row")
    home = pc.coalesce(found["household"].cast(pa.string()), found["home"]) if "household" in known else found["home"]
    return pa.table([found["row"], found["confirmed"], home], schema=LABELS_SCHEMA)


def _cross_fit(pairs: TrainingPairs, first: WeightVectors, say: ProgressCallback) -> tuple[list[Model], dict[str, Any]]:
    """A model for each fold, made without it, and the data of the model from all labels."""
    if min(pairs.confirmed.sum(), (~pairs.confirmed).sum()) < MIN_JUDGMENTS_PER_CLASS:
        raise RequestError(
            "bad_argument",
            f"There are fewer than {MIN_JUDGMENTS_PER_CLASS} judgments of one kind, so nothing they show could be trusted.",
            "Judge more requests, both right and wrong ones, or train without --truth.",
        )
    raw, by_fold = np.zeros(len(pairs.confirmed)), []
    for fold in range(FOLD_COUNT):
        say("fitting", fold / (FOLD_COUNT + 1))
        held = pairs.fold == fold
        by_fold.append(fit_supervised(pairs.subset(~held), first))
        raw[held] = PenalizedLogLikelihood(pairs.subset(held)).raw_weights(by_fold[-1])
    say("fitting", FOLD_COUNT / (FOLD_COUNT + 1))
    others = [pairs.fold != fold for fold in range(FOLD_COUNT)]
    curves = [fit_calibration(raw[other], pairs.confirmed[other]) for other in others]
    models = [parse_model(dump_model(to_model_dict(*each))) for each in zip(by_fold, curves, strict=True)]
    return models, to_model_dict(fit_supervised(pairs, first), fit_calibration(raw, pairs.confirmed))


def _fold_by_label(run: _OpenSource) -> npt.NDArray[np.int64]:
    """The fold of each label; requests without a candidate have none, and no model says anything of them."""
    folds = dict(zip(run.pairs.row_numbers.tolist(), run.pairs.fold.tolist(), strict=True))
    return np.array([folds.get(row, 0) for row in run.labels["row"].to_pylist()], dtype=np.int64)


def _determine_held_out(run: _OpenSource, fold: npt.NDArray[np.int64], models: Sequence[Model]) -> pa.Table:
    """The labelled requests of a run (schema of `shown`), each compared under the model of its fold."""
    asked = run.requests.take(pc.index_in(run.labels["row"], run.requests["row"].combine_chunks()))
    parts = []
    for number, model in enumerate(models):
        chosen = pa.array(fold == number)
        labels, requests = run.labels.filter(chosen), asked.filter(chosen)
        determined = determine_outcomes(
            match_requests(run.index, requests, model=model), MatchPolicy(confirm_probability=MIN_MATCH_PROBABILITY)
        )
        columns = {name: determined[name] for name in ("row", "outcome", "match_probability")}
        columns |= {
            "confirmed": labels["confirmed"],
            "household": labels["household"],
            "first_name": requests["first_name"],
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts).sort_by("row")


def measure_held_out(found: pa.Table) -> EvidenceMetrics:
    """The evidence of determinations beside their labels."""
    return measure_evidence(found["match_probability"].to_numpy(), boolean_column(found, "confirmed"))


def reliability_section(found: pa.Table, evidence: EvidenceMetrics, how: str) -> dict[str, Any]:
    """What labels that no weight saw have shown: `reliability` and `confirm_from`, as they stand in a model.

    `found` has outcome (from probability `LEAST` on), match_probability, confirmed, household and first_name.
    """
    bins = [
        {"from": b.low, "to": b.high, "requests": b.requests, "claimed": round(b.mean_probability, 5), "observed": round(b.observed_share, 5), "interval": [round(end, 5) for end in b.observed_interval]}
        for b in evidence.bins
    ]  # fmt: skip
    reliability = {
        "how": how,
        "requests": len(found),
        "confirmed": int(boolean_column(found, "confirmed").sum()),
        "ece": round(evidence.ece, 5),
        f"claimed_minus_true_from_{HIGH_CONFIDENCE}": round(evidence.high_confidence.calibration_gap, 5),
        "bins": bins,
    }
    return {"reliability": reliability, "confirm_from": _proven_thresholds(found)}


def _proven_thresholds(found: pa.Table) -> list[list[float]]:
    """Where the labels show that a tolerated error is kept. Each person counts once: one may stand in several files."""
    called = pc.utf8_upper(pc.utf8_slice_codeunits(pc.fill_null(found["first_name"], ""), 0, 3))
    found = found.append_column("person", pc.binary_join_element_wise(found["household"], called, "|"))
    matched = found.filter(pc.equal(found["outcome"], "match"))
    # which of a person's labels is taken must not depend on what the label says
    order = np.random.default_rng(6103).permutation(len(matched))
    once = {
        row["person"]: (row["match_probability"], row["confirmed"]) for row in matched.take(pa.array(order)).to_pylist()
    }
    score, truth = np.array([p for p, _ in once.values()]), np.array([t for _, t in once.values()], dtype=bool)
    shown = []
    for wrong in TOLERATED_WRONG:
        try:
            threshold = derive_confirm_threshold(score, truth, ToleratedError(wrong, TOLERATED_OUT_OF))
        except PolicyError:
            continue
        # rounded up, so that the stated probability is never below the one that was shown
        shown.append([wrong / TOLERATED_OUT_OF, float(np.ceil(threshold.confirm_probability * 1e4) / 1e4)])
    return shown
