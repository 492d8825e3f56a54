"""Evaluate matching on labelled data: match, decide, measure, and write determinations and errors.

Guarantees: the index is temporary and leaves nothing behind; answers are in the order of the requests; the truth is
not used before every determination is made.
Start at `evaluate_matching`.
"""

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from comity.decide import MatchPolicy, determine_outcomes
from comity.errors import PolicyError
from comity.evaluate.error_analysis import classify_errors
from comity.evaluate.labelled_data import align_truth, boolean_column, read_labelled_table, read_requests
from comity.evaluate.proven_tolerance import LabelledEvidence, prove_tolerance, weigh_labels
from comity.evaluate.report import EvaluationReport, build_report
from comity.evaluate.thresholds import ToleratedError
from comity.folders import make_private_folder
from comity.law import PopulationProfile, find_population
from comity.match import Index, build_index, match_requests, min_confirm_probability
from comity.match.match_model import Model, load_default_model
from comity.model.progress import ProgressCallback, no_progress
from comity.model.shares import Shares

DEFAULT_TOLERATED_ERROR = 0.001
"""Wrong confirmations among confirmations, where no agreement states a tolerated error."""
DETERMINATION_COLUMNS = ["request_id", "outcome", "match_probability", "match_weight"]


def default_policy(model: Model, shares: Shares | None = None) -> MatchPolicy:
    """Return the policy where no agreement states one: at most `DEFAULT_TOLERATED_ERROR`, as the model's labels showed.

    `shares` are those that requests are weighed with; by default, those of the default population profile.

    A model without labels has shown nothing. It gets the probability that is the default of `MatchPolicy`, to be
    measured, not to be used.
    """
    try:
        return MatchPolicy(confirm_probability=min_confirm_probability(DEFAULT_TOLERATED_ERROR, model, shares))
    except PolicyError:
        return MatchPolicy()


def evaluate_matching(  # noqa: PLR0913  each is a choice of the caller
    records: Path,
    requests: Path,
    truth: Path,
    out: Path,
    *,
    policy: MatchPolicy | None = None,
    model: Model | None = None,
    population: PopulationProfile | None = None,
    progress: ProgressCallback = no_progress,
) -> EvaluationReport:
    """Match the requests against the records, decide, and compare with the truth (labelled data only).

    Requests are weighed with the least favorable shares of `population`; then the report has what these labels show of
    `DEFAULT_TOLERATED_ERROR` there. Without one, they are weighed with the default profile.

    Writes two Parquet files in `out`: determinations (request_id, outcome, match_probability, match_weight) and errors
    (request_id, record_id, error, kind, outcome, match_probability).

    Raises:
        ComityError: the records, requests or truth cannot be used as they are.
    """
    model = model or load_default_model()
    profile = population or find_population()
    shares = profile.least_favorable
    policy = policy or default_policy(model, shares)
    request_table = read_requests(requests)
    labels = align_truth(read_labelled_table(truth, ("request_id", "confirmed")), request_table)
    make_private_folder(out)  # errors.parquet names records
    with tempfile.TemporaryDirectory(prefix="comity-evaluate-") as folder:
        build_index([records], Path(folder) / "index", progress=lambda stage, share: progress(stage, share * 0.6))
        progress("comparing", 0.6)
        with Index.open(Path(folder) / "index") as index:
            evidence = match_requests(index, request_table, model=model, shares=shares)
            is_synthetic = index.index_commit.is_synthetic
            determinations = determine_outcomes(evidence, policy)
            labelled = LabelledEvidence(index, request_table, evidence, boolean_column(labels, "confirmed"))
            weighed = weigh_labels(labelled, model, shares, policy) if population is not None else None
    progress("measuring", 0.9)
    shown = prove_tolerance(weighed, ToleratedError(1, round(1 / DEFAULT_TOLERATED_ERROR))) if weighed else None
    confirmed = pa.array(boolean_column(labels, "confirmed"))
    errors = classify_errors(records, request_table, evidence, determinations, confirmed=confirmed, policy=policy)
    report = build_report(
        determinations,
        labels,
        errors,
        policy=policy,
        model_fingerprint=model.fingerprint,
        population=profile.id,
        tolerance=shown,
        synthetic=is_synthetic,
    )
    pq.write_table(determinations.select(DETERMINATION_COLUMNS), out / "determinations.parquet")
    pq.write_table(errors, out / "errors.parquet")
    progress("done", 1.0)
    return report
