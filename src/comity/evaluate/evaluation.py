"""Run matching and decide on labelled data, measure, and write the determinations and the errors.

Guarantees: the index is temporary and leaves nothing behind; the answers are in the order of the requests; the truth is first
used when every determination is made.
Basis: product.md section 4 (`comity evaluate`).
Start at `evaluate`.
"""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from comity.decide import MatchPolicy, determine_outcomes
from comity.errors import PolicyError, RequestError
from comity.evaluate.error_analysis import classify_errors
from comity.evaluate.measures import boolean_column
from comity.evaluate.report import EvaluationReport, build_report
from comity.match import Index, build_index, match_requests, min_confirm_probability
from comity.match.match_model import Model, load_default_model
from comity.model.batch import REQUESTS_SCHEMA
from comity.model.progress import ProgressCallback, no_progress

DEFAULT_TOLERATED_ERROR = 0.001
REQUIRED_COLUMNS = ("request_id", "tax_year", "first_name", "last_name", "street")


def read_labelled_table(path: Path, needed: tuple[str, ...]) -> pa.Table:
    """A Parquet or CSV table whose columns include `needed`.

    Raises:
        RequestError: `bad_argument`, it cannot be read or lacks columns.
    """
    try:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
        else:
            names = path.open(encoding="utf-8").readline().strip().split(",")
            types = {name: pa.string() for name in names if name not in {"confirmed", "complete"}}
            options = pyarrow.csv.ConvertOptions(
                column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=True
            )
            table = pyarrow.csv.read_csv(path, convert_options=options)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as e:
        raise RequestError(
            "bad_argument", "A file to evaluate on cannot be read.", "Give Parquet, or CSV in UTF-8."
        ) from e
    missing = [name for name in needed if name not in table.column_names]
    if missing:
        raise RequestError("bad_argument", f"A file to evaluate on lacks: {', '.join(missing)}.", "Add the columns.")
    return table


def read_requests(path: Path) -> pa.Table:
    """The requests with the columns of `REQUESTS`; those the file lacks are null."""
    table = read_labelled_table(path, REQUIRED_COLUMNS)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {"row": pa.array(np.arange(1, len(table) + 1), pa.int32())}
    for field in list(REQUESTS_SCHEMA)[1:]:
        have = field.name in table.column_names
        columns[field.name] = table[field.name].cast(pa.string()) if have else pa.nulls(len(table), pa.string())
    return pa.table(columns, schema=REQUESTS_SCHEMA)


def cast_label_columns(truth: pa.Table) -> pa.Table:
    """The truth with `confirmed` and `complete` as yes or no.

    Raises:
        RequestError: `bad_argument`, a flag is neither yes nor no.
    """
    result = truth
    for name in {"confirmed", "complete"} & set(truth.column_names):
        try:
            values = result[name].cast(pa.bool_())
        except pa.ArrowException as e:
            raise RequestError(
                "bad_argument", f"`{name}` is not yes or no in every row.", "Write true or false."
            ) from e
        if values.null_count and name == "confirmed":
            raise RequestError(
                "bad_argument",
                f"`confirmed` is missing in {values.null_count} rows of the truth.",
                "Write true or false.",
            )
        result = result.set_column(result.schema.get_field_index(name), name, values)
    return result


def _align_truth(truth: pa.Table, requests: pa.Table) -> pa.Table:
    """The truth in the order of the requests, `confirmed` and `complete` as yes or no.

    Raises:
        RequestError: `bad_argument`, a request has no truth, or a flag is neither yes nor no.
    """
    at = pc.index_in(requests["request_id"], truth["request_id"].cast(pa.string()).combine_chunks())
    if at.null_count:
        raise RequestError(
            "bad_argument",
            f"{at.null_count} requests have no row in the truth.",
            "Give one row of truth for each request.",
        )
    return cast_label_columns(truth.take(at))


def default_policy(model: Model) -> MatchPolicy:
    """The policy where no agreement speaks: at most 1 wrong confirmation in 1,000, as the model's labels have shown it.

    A model without labels has shown nothing; then the policy's own probability serves, to be measured, not to be used.
    """
    try:
        return MatchPolicy(confirm_probability=min_confirm_probability(DEFAULT_TOLERATED_ERROR, model))
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
    progress: ProgressCallback | None = None,
) -> EvaluationReport:
    """Match the requests against the records, decide, and compare with the truth (labelled data only).

    Writes in `out`: `determinations.parquet` (request_id, outcome, match_probability, match_weight) and
    `errors.parquet` (request_id, record_id, error, kind, outcome, match_probability).

    Raises:
        ComityError: the records, requests or truth cannot be used as they are.
    """
    say, by = progress or no_progress, model or load_default_model()
    chosen = policy or default_policy(by)
    asked = read_requests(requests)
    labels = _align_truth(read_labelled_table(truth, ("request_id", "confirmed")), asked)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="comity-evaluate-") as folder:
        build_index([records], Path(folder) / "index", progress=lambda stage, share: say(stage, share * 0.6))
        say("comparing", 0.6)
        with Index.open(Path(folder) / "index") as index:
            evidence = match_requests(index, asked, model=by)
            synthetic = index.index_commit.is_synthetic
    determinations = determine_outcomes(evidence, chosen)
    say("measuring", 0.9)
    confirmed = pa.array(boolean_column(labels, "confirmed"))
    errors = classify_errors(records, asked, evidence, determinations, confirmed=confirmed, policy=chosen)
    report = build_report(determinations, labels, errors, policy=chosen, model=by.fingerprint, synthetic=synthetic)
    kept = determinations.select(["request_id", "outcome", "match_probability", "match_weight"])
    pq.write_table(kept, out / "determinations.parquet")
    pq.write_table(errors, out / "errors.parquet")
    say("done", 1.0)
    return report
