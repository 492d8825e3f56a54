"""Open the files that a model is trained on: records, requests, and the labels that may be read.

Guarantees: labels that a `TrainingSource` excludes by `split` are never read; no name, address or number is kept beyond
the comparison of requests with records.
Start at `open_source`.
"""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.errors import RequestError
from comity.evaluate.labelled_data import cast_label_columns, read_labelled_table, read_requests
from comity.match import Index, build_index
from comity.match.records_source import list_record_files
from comity.match.training.training_pairs import LABELS_SCHEMA, LabeledPairs, build_labeled_pairs


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """Files to train on.

    `truth` has request_id, confirmed and, if available, household; requests that it does not name are unlabelled. With
    `split`, only the rows of the truth with this value in their column `split` are read (the evaluation protocol).
    """

    records: Path
    requests: Path
    truth: Path | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source with its index open: requests, labels (schema `LABELS_SCHEMA`), and labelled pairs."""

    index: Index
    requests: pa.Table
    labels: pa.Table
    pairs: LabeledPairs


def open_source(stack: ExitStack, source: TrainingSource, folder: Path) -> OpenSource:
    """Index a source's records in `folder` and pair its requests with them; `stack` closes the index.

    Raises:
        ComityError: the records, requests or truth cannot be used as they are.
    """
    requests = read_requests(source.requests)
    labels = _read_labels(source, requests)
    build_index([source.records], folder)
    index = stack.enter_context(Index.open(folder))
    return OpenSource(index, requests, labels, build_labeled_pairs(index, requests, labels))


def fingerprint_sources(sources: Sequence[TrainingSource]) -> str:
    """Return SHA-256, in hex, over the SHA-256 of every file that was read, in the order of the sources."""
    fingerprint = hashlib.sha256()
    for source in sources:
        for path in [*list_record_files([source.records]), source.requests, *([source.truth] if source.truth else [])]:
            with path.open("rb") as file:
                fingerprint.update(hashlib.file_digest(file, "sha256").digest())
        fingerprint.update((source.split or "").encode())
    return fingerprint.hexdigest()


def _read_labels(source: TrainingSource, requests: pa.Table) -> pa.Table:
    """Return the labels of the requests (schema `LABELS_SCHEMA`); without a truth, every request, as not confirmed."""
    addresses = (pc.fill_null(pc.utf8_upper(requests[column]), "") for column in ("street", "zip"))
    homes = pc.binary_join_element_wise(*addresses, "|")
    keyed = requests.select(["row", "request_id"]).append_column("home", homes)
    if source.truth is None:
        unconfirmed = pa.chunked_array([pa.array(np.zeros(len(keyed), dtype=bool))])
        return pa.table([keyed["row"], unconfirmed, keyed["home"]], schema=LABELS_SCHEMA)
    truth = read_labelled_table(source.truth, ("request_id", "confirmed", *(["split"] if source.split else [])))
    if source.split:
        truth = truth.filter(pc.equal(truth["split"], source.split))
    truth = cast_label_columns(truth)
    if pc.count_distinct(truth["request_id"]).as_py() < len(truth):
        raise RequestError("bad_argument", "The truth judges a request twice.", "Give one judgment for each request.")
    columns = [name for name in ("request_id", "confirmed", "household") if name in truth.column_names]
    truth = truth.select(columns).set_column(0, "request_id", truth["request_id"].cast(pa.string()))
    joined = keyed.join(truth, "request_id", join_type="inner").sort_by("row")
    home = joined["home"]
    if "household" in columns:
        home = pc.coalesce(joined["household"].cast(pa.string()), home)
    return pa.table([joined["row"], joined["confirmed"], home], schema=LABELS_SCHEMA)
