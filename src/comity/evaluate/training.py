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

from comity.decide import MatchPolicy, determine
from comity.errors import PolicyError, RequestError
from comity.evaluate.measures import SURE, Evidence, flags, measure_evidence
from comity.evaluate.run import as_flags, read_requests, read_table
from comity.evaluate.thresholds import ToleratedError, confirm_probability
from comity.match import Index, build_index, compare
from comity.match.duckdb.read import record_files
from comity.match.index.rules import HOT, RULES
from comity.match.model import Model, parse_model, stamped
from comity.match.splink import Imported
from comity.match.training import (
    IDENTITY,
    M,
    Objective,
    Pairs,
    Weights,
    as_data,
    calibrate,
    learn,
    starting_weights,
    train,
)
from comity.match.training_pairs import FOLDS, LABELS, RunPairs, joined, pairs_of
from comity.model.progress import Progress, silent

TOLERATED, OF = (1, 2, 5, 10, 20), 1000
"""Wrong in 1,000, for which `confirm_from` says from which probability on that holds."""
LEAST = 0.5
"""No confirmation below this probability is ever looked at."""
CROSS_FITTED = f"cross-fitted in {FOLDS} folds over households; intervals exact, 95 %"
CHECKED = "on other files, whose labels no weight was fitted on; intervals exact, 95 %"
FEWEST = 40
"""Judgments of either kind: with fewer, four folds show nothing."""


@dataclass(frozen=True, slots=True)
class Source:
    """Files to train on. `truth` has request_id, confirmed and, if known, household; requests it does not name are unlabelled.

    With `split`, only truth whose column `split` says so is read (the evaluation protocol).
    """

    records: Path
    requests: Path
    truth: Path | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """A model file's text, the model in it, and what its labels have shown (`evidence` is None without labels)."""

    text: str
    model: Model
    requests: int
    labelled: int
    data_fingerprint: str
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class _Run:
    index: Index
    requests: pa.Table
    labels: pa.Table
    pairs: RunPairs


def train_model(
    sources: Sequence[Source],
    *,
    checks: Sequence[Source] = (),
    start: Imported | None = None,
    about: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Fit a model on the sources; labelled if they have a truth, by expectation-maximization if not.

    With `checks`, labels that no weight is fitted on, reliability and `confirm_from` are theirs instead of cross-fitted ones.
    `start` is a Splink model's m (`comity.match.splink`); `about` goes into the model's card as it is.

    Raises:
        ComityError: the records, requests or truth cannot be used as they are; too few judgments.
    """
    say = progress or silent
    is_labelled = all(source.truth is not None for source in sources)
    stated = start.stated if start else M
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comity-train-")))
        runs = []
        for i, source in enumerate(sources):
            say("reading and comparing", i / len(sources))
            runs.append(_opened(stack, source, folder / str(i)))
        pairs = joined([run.pairs for run in runs])
        if not len(pairs.request):
            raise RequestError(
                "bad_argument", "No request meets a record, so there is nothing to learn from.", "Give requests about these records."
            )  # fmt: skip
        first, evidence = starting_weights(pairs.background, stated), None
        if is_labelled:
            by_fold, data = _fitted(pairs, first, say)
            say("measuring", 0.0)
            held = [(run, _fold_of(run), by_fold) for run in runs]
            if checks:
                whole, checked = (
                    parse_model(stamped(data)),
                    [_opened(stack, c, folder / f"check{i}") for i, c in enumerate(checks)],
                )
                held = [(run, np.zeros(len(run.labels), dtype=np.int64), [whole]) for run in checked]
            found = pa.concat_tables([_held_out(*each) for each in held])
            evidence = measured(found)
            data |= shown(found, evidence, CHECKED if checks else CROSS_FITTED)
        else:
            say("learning without labels", 0.0)
            data = as_data(learn(pairs, first, stated=stated), IDENTITY)
    data_fingerprint = fingerprint_of([*sources, *checks])
    data["about"] = _card(sources, pairs, is_labelled=is_labelled, start=start) | dict(about or {})
    data["about"]["data_fingerprint"] = data_fingerprint
    text = stamped(data)
    say("done", 1.0)
    labelled = len(pairs.confirmed) if is_labelled else 0
    return Trained(text, parse_model(text), sum(len(r.requests) for r in runs), labelled, data_fingerprint, evidence)


def fingerprint_of(sources: Sequence[Source]) -> str:
    """SHA-256 over the SHA-256 of every file that was read, in the order of the sources, in hex."""
    total = hashlib.sha256()
    for source in sources:
        for path in [*record_files([source.records]), source.requests, *([source.truth] if source.truth else [])]:
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
        total.update((source.split or "").encode())
    return total.hexdigest()


def _card(sources: Sequence[Source], pairs: Pairs, *, is_labelled: bool, start: Imported | None) -> dict[str, Any]:
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
        "start": "m as stated by Comity" if start is None else {"m of a Splink model": list(start.taken), "not used": list(start.ignored)},
        "stated": "suffix, tin and namesake_unsuffixed are stated by judgment, whatever the data",
        "blocking": {"rules": [rule.name for rule in RULES], "hot": HOT},
    }  # fmt: skip


def _opened(stack: ExitStack, source: Source, folder: Path) -> _Run:
    """The source's index, its requests, the labels it may use, and its pairs."""
    requests = read_requests(source.requests)
    labels = _labels(source, requests)
    build_index([source.records], folder)
    index = stack.enter_context(Index.open(folder))
    return _Run(index, requests, labels, pairs_of(index, requests, labels))


def _labels(source: Source, requests: pa.Table) -> pa.Table:
    """The labels of the requests (schema `LABELS`); without a truth, every request, as not confirmed."""
    homes = pc.binary_join_element_wise(*(pc.fill_null(pc.utf8_upper(requests[c]), "") for c in ("street", "zip")), "|")
    asked = requests.select(["row", "request_id"]).append_column("home", homes)
    if source.truth is None:
        columns = [asked["row"], pa.chunked_array([pa.array(np.zeros(len(asked), dtype=bool))]), asked["home"]]
        return pa.table(columns, schema=LABELS)
    truth = read_table(source.truth, ("request_id", "confirmed", *(["split"] if source.split else [])))
    if source.split:
        truth = truth.filter(pc.equal(truth["split"], source.split))
    truth = as_flags(truth)
    if pc.count_distinct(truth["request_id"]).as_py() < len(truth):
        raise RequestError("bad_argument", "The truth judges a request twice.", "Give one judgment for each request.")
    known = [name for name in ("request_id", "confirmed", "household") if name in truth.column_names]
    truth = truth.select(known).set_column(0, "request_id", truth["request_id"].cast(pa.string()))
    found = asked.join(truth, "request_id", join_type="inner").sort_by("row")
    home = pc.coalesce(found["household"].cast(pa.string()), found["home"]) if "household" in known else found["home"]
    return pa.table([found["row"], found["confirmed"], home], schema=LABELS)


def _fitted(pairs: Pairs, first: Weights, say: Progress) -> tuple[list[Model], dict[str, Any]]:
    """A model for each fold, made without it, and the data of the model from all labels."""
    if min(pairs.confirmed.sum(), (~pairs.confirmed).sum()) < FEWEST:
        raise RequestError(
            "bad_argument",
            f"There are fewer than {FEWEST} judgments of one kind, so nothing they show could be trusted.",
            "Judge more requests, both right and wrong ones, or train without --truth.",
        )
    raw, by_fold = np.zeros(len(pairs.confirmed)), []
    for fold in range(FOLDS):
        say("fitting", fold / (FOLDS + 1))
        held = pairs.fold == fold
        by_fold.append(train(pairs.of(~held), first))
        raw[held] = Objective(pairs.of(held)).raw_weights(by_fold[-1])
    say("fitting", FOLDS / (FOLDS + 1))
    others = [pairs.fold != fold for fold in range(FOLDS)]
    curves = [calibrate(raw[other], pairs.confirmed[other]) for other in others]
    models = [parse_model(stamped(as_data(*each))) for each in zip(by_fold, curves, strict=True)]
    return models, as_data(train(pairs, first), calibrate(raw, pairs.confirmed))


def _fold_of(run: _Run) -> npt.NDArray[np.int64]:
    """The fold of each label; requests without a candidate have none, and no model says anything of them."""
    folds = dict(zip(run.pairs.rows.tolist(), run.pairs.fold.tolist(), strict=True))
    return np.array([folds.get(row, 0) for row in run.labels["row"].to_pylist()], dtype=np.int64)


def _held_out(run: _Run, fold: npt.NDArray[np.int64], models: Sequence[Model]) -> pa.Table:
    """The labelled requests of a run (schema of `shown`), each compared under the model of its fold."""
    asked = run.requests.take(pc.index_in(run.labels["row"], run.requests["row"].combine_chunks()))
    parts = []
    for number, model in enumerate(models):
        chosen = pa.array(fold == number)
        labels, requests = run.labels.filter(chosen), asked.filter(chosen)
        determined = determine(compare(run.index, requests, model=model), MatchPolicy(confirm_probability=LEAST))
        columns = {name: determined[name] for name in ("row", "outcome", "match_probability")}
        columns |= {
            "confirmed": labels["confirmed"],
            "household": labels["household"],
            "first_name": requests["first_name"],
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts).sort_by("row")


def measured(found: pa.Table) -> Evidence:
    """The evidence of determinations beside their labels."""
    return measure_evidence(found["match_probability"].to_numpy(), flags(found, "confirmed"))


def shown(found: pa.Table, evidence: Evidence, how: str) -> dict[str, Any]:
    """What labels that no weight saw have shown: `reliability` and `confirm_from`, as they stand in a model.

    `found` has outcome (from probability `LEAST` on), match_probability, confirmed, household and first_name.
    """
    bins = [
        {"from": b.low, "to": b.high, "requests": b.requests, "claimed": round(b.claimed, 5), "observed": round(b.observed, 5), "interval": [round(end, 5) for end in b.interval]}
        for b in evidence.bins
    ]  # fmt: skip
    reliability = {
        "how": how,
        "requests": len(found),
        "confirmed": int(flags(found, "confirmed").sum()),
        "ece": round(evidence.ece, 5),
        f"claimed_minus_true_from_{SURE}": round(evidence.sure.gap, 5),
        "bins": bins,
    }
    return {"reliability": reliability, "confirm_from": _confirm_from(found)}


def _confirm_from(found: pa.Table) -> list[list[float]]:
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
    for wrong in TOLERATED:
        try:
            threshold = confirm_probability(score, truth, ToleratedError(wrong, OF))
        except PolicyError:
            continue
        # rounded up, so that the stated probability is never below the one that was shown
        shown.append([wrong / OF, float(np.ceil(threshold.confirm_probability * 1e4) / 1e4)])
    return shown
