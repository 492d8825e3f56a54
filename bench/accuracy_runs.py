"""Match the runs of the evaluation protocol and febrl4 with Comity and Splink; bench/accuracy.py measures the answers.

Splink's answers are stored below out/peers, so that another model of Comity is compared with the very same ones.

Guarantees: peers see neither truth nor split.
Start at `measure_run`.
"""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from comity.decide import MatchPolicy, determine_outcomes
from comity.evaluate.error_analysis import classify_errors
from comity.evaluate.evaluation import default_policy
from comity.evaluate.evidence_metrics import rank_by_score
from comity.evaluate.labelled_data import (
    BoolArray,
    FloatArray,
    boolean_column,
    match_probabilities,
    read_requests,
)
from comity.law import find_population, load_law
from comity.match import Index, Model, build_index, load_default_model, match_requests
from comity.model.shares import Shares
from comity.pipeline import derive_match_policy

HERE = Path(__file__).parent
SPLINK_CACHE = HERE.parent / "out/peers"
"""Splink's answers, named after the hash of its program, its versions and the files it read: measured once for each."""
AGREEMENT = "irs-ice-2025"
COMITY = "Comity"


@dataclass(frozen=True, slots=True)
class ToolScores:
    """A tool's score, to rank by, and probability for each request of the test split."""

    score: FloatArray
    probability: FloatArray


@dataclass(frozen=True, slots=True)
class MeasuredSplit:
    """The test split of one or more runs: truth, scores by tool, Comity's determinations by policy, and its errors."""

    truth: pa.Table
    answers: dict[str, ToolScores]
    determinations: dict[str, pa.Table]
    errors: pa.Table

    @property
    def confirmed(self) -> BoolArray:
        """Return which requests are truly to be confirmed."""
        return boolean_column(self.truth, "confirmed")


def agreement_policy() -> MatchPolicy:
    """Return the policy of the shipped agreement; it decides evidence that was weighed with `agreement_shares`."""
    return derive_match_policy(load_law().get_agreement(AGREEMENT))


def agreement_shares() -> Shares:
    """Return the shares of the population that the shipped agreement names."""
    return find_population(load_law().get_agreement(AGREEMENT)).least_favorable


def run_splink(
    peers: Path, run: Path, request_ids: pa.ChunkedArray, *extra: str
) -> dict[str, tuple[FloatArray, pa.Array]]:
    """Return each Splink model's match weight for each request (minus infinity without a candidate), and its record.

    The answers are stored in `SPLINK_CACHE`, so that another model of Comity is compared with the very same ones.
    """
    sources = [
        HERE / "splink_peer.py",
        HERE.parent / "requirements/bench.txt",
        run / "records.parquet",
        run / "requests.parquet",
    ]
    parts = [hashlib.sha256(path.read_bytes()).digest() for path in sources]
    fingerprint = hashlib.sha256(b"".join([*parts, *(option.encode() for option in extra)])).hexdigest()
    out = SPLINK_CACHE / f"{fingerprint}.parquet"
    if not out.exists():
        SPLINK_CACHE.mkdir(parents=True, exist_ok=True)
        partial = out.with_suffix(f".{os.getpid()}.part")
        command = [peers, HERE / "splink_peer.py", run, partial, *extra]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        partial.rename(out)
    table = pq.read_table(out)
    answers = {}
    for model in pc.unique(table["model"]).to_pylist():
        rows = table.filter(pc.equal(table["model"], model))
        positions = pc.index_in(request_ids, rows["request_id"].combine_chunks())
        weight = rows["match_weight"].cast(pa.float64()).take(positions).fill_null(-np.inf)
        answers[str(model)] = (weight.to_numpy(), rows["record_id"].take(positions))
    return answers


def measure_run(run: Path, peers: Path | None, models: dict[str, Model]) -> MeasuredSplit:
    """Match, decide and classify the errors of one run, and run the peers on it; return its test split."""
    requests = read_requests(run / "requests.parquet")
    with tempfile.TemporaryDirectory() as folder:
        build_index([run / "records.parquet"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            evidence = match_requests(index, requests)
            of_agreement = match_requests(index, requests, shares=agreement_shares())
            by_model = {name: match_requests(index, requests, model=model) for name, model in models.items()}
    truth = pq.read_table(run / "truth.parquet")
    truth = truth.take(pc.index_in(requests["request_id"], truth["request_id"].combine_chunks()))
    policy = default_policy(load_default_model())
    determinations = {
        "default": determine_outcomes(evidence, policy),
        AGREEMENT: determine_outcomes(of_agreement, agreement_policy()),
    }
    errors = classify_errors(
        run / "records.parquet",
        requests,
        evidence,
        determinations["default"],
        confirmed=pa.array(boolean_column(truth, "confirmed")),
        policy=policy,
    )
    chosen = pc.equal(truth["split"], "test")
    is_chosen = chosen.to_numpy(zero_copy_only=False)
    answers = {}
    for name, model_evidence in {COMITY: evidence, **by_model}.items():
        probability = match_probabilities(model_evidence)[is_chosen]
        answers[name] = ToolScores(probability, probability)
    if peers:
        for name, (weight, _) in run_splink(peers, run, requests["request_id"]).items():
            rank = np.where(np.isfinite(weight), weight + 2000, 0.0)  # above 0: there is a candidate
            answers[name] = ToolScores(rank[is_chosen], (1 / (1 + np.exp2(-np.maximum(weight, -1000.0))))[is_chosen])
    is_error_chosen = pc.is_in(errors["request_id"], truth["request_id"].filter(chosen).combine_chunks())
    return MeasuredSplit(
        truth=truth.filter(chosen).select(["request_id", "confirmed", "complete", "group", "household"]),
        answers=answers,
        determinations={name: table.filter(chosen) for name, table in determinations.items()},
        errors=errors.filter(is_error_chosen),
    )


def pool_runs(splits: Sequence[MeasuredSplit]) -> MeasuredSplit:
    """Concatenate the test splits of several runs."""
    answers = {
        name: ToolScores(
            *(np.concatenate([getattr(s.answers[name], field.name) for s in splits]) for field in fields(ToolScores))
        )
        for name in splits[0].answers
    }
    return MeasuredSplit(
        truth=pa.concat_tables([split.truth for split in splits]),
        answers=answers,
        determinations={
            name: pa.concat_tables([split.determinations[name] for split in splits])
            for name in splits[0].determinations
        },
        errors=pa.concat_tables([split.errors for split in splits]),
    )


@dataclass(frozen=True, slots=True)
class LinkageResult:
    """Precision, recall and F1 of one tool on febrl4 at a threshold."""

    name: str
    threshold: str
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


def score_linkage(name: str, threshold: str, accepted: BoolArray, right: BoolArray) -> LinkageResult:
    """Compute precision and recall of the accepted answers."""
    hits = int((accepted & right).sum())
    return LinkageResult(name, threshold, hits / max(int(accepted.sum()), 1), hits / len(right))


def score_at_best_f1(name: str, weight: FloatArray, right: BoolArray) -> LinkageResult:
    """Choose the threshold with the best F1 among the scores, with the truth, for every tool alike."""
    hits, wrong = rank_by_score(
        np.where(np.isfinite(weight), weight, -np.inf)[np.isfinite(weight)], right[np.isfinite(weight)]
    )
    levels = np.unique(weight[np.isfinite(weight)])[::-1]
    best = levels[int(np.argmax(2 * hits / (hits + wrong + len(right))))]
    return score_linkage(name, f"best of all (weight {best:.1f})", weight >= best, right)


def measure_febrl4(peers: Path) -> tuple[list[LinkageResult], int]:
    """Measure Comity and Splink on febrl4, name and address only; count the requests without a candidate in Comity."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "febrl4"
        subprocess.run([peers, HERE / "febrl4.py", run], check=True)
        truth = pq.read_table(run / "truth.parquet")
        build_index([run / "records.parquet"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            evidence = match_requests(index, read_requests(run / "requests.parquet"))
        true_record = truth["record_id"].take(pc.index_in(evidence["request_id"], truth["request_id"].combine_chunks()))
        peer, peer_record = run_splink(peers, run, evidence["request_id"], "--febrl4")["Splink"]
    right = pc.equal(evidence["record_id"], true_record).fill_null(False).to_numpy(zero_copy_only=False)
    probability = match_probabilities(evidence)
    weight = np.where(probability > 0, evidence["match_weight"].to_numpy(), -np.inf)
    outcome = np.array(determine_outcomes(evidence, default_policy(load_default_model()))["outcome"].to_pylist())
    peer_right = pc.equal(peer_record, true_record).fill_null(False).to_numpy(zero_copy_only=False)
    rows = [
        score_at_best_f1(COMITY, weight, right),
        score_linkage(COMITY, "0.5", probability >= 0.5, right),
        score_linkage(COMITY, "match under the default policy", outcome == "match", right),
        score_linkage(COMITY, "match or review under the default policy", outcome != "non_match", right),
        score_at_best_f1("Splink 5", peer, peer_right),
        score_linkage("Splink 5", "0.5", peer >= 0, peer_right),
    ]
    return rows, int((probability == 0).sum())
