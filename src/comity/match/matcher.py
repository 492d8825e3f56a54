"""Compare a batch of requests with an index: normalize, block, compare, score.

Guarantees: one row of evidence per request, in the order of `row`; a request's evidence depends on that request, the
index and the model alone, not on the batch, its order or the number of threads. Cost follows the batch: of the index,
only what the keys lead to is read.
Start at `compare`.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.comparison_vectors import ComparisonVectors, compare_pairs
from comity.match.comparisons import COMPARISONS, level_mask
from comity.match.encode_requests import EncodedRequests, encode_requests
from comity.match.index.reader import Index, RecordIds64
from comity.match.index.segment import SMALL_BATCH
from comity.match.match_model import Model, load_default_model
from comity.match.scoring import RequestScores, apply_calibration, score_requests
from comity.model.evidence import EVIDENCE_SCHEMA
from comity.model.progress import ProgressCallback, no_progress

GIVEN_AGREEMENT_LEVELS = ("exact", "swapped", "initial", "nickname", "middle", "near", "similar")
SURNAME_AGREEMENT_LEVELS = ("exact", "swapped", "part", "near", "similar")
NUMBER_AGREEMENT_LEVELS = ("exact", "near")
STREET_AGREEMENT_LEVELS = ("exact", "near")
UNIT_AGREEMENT_LEVELS = ("none", "exact", "missing")
PLACE_AGREEMENT_LEVELS = ("zip", "near_zip", "city")
NO_CANDIDATE_WEIGHT = -100.0
"""The weight of a request that no record shares an address with."""
_ARROW_TYPES = {field.name: field.type for field in EVIDENCE_SCHEMA}
_NUMPY_DTYPES = {name: kind.to_pandas_dtype() for name, kind in _ARROW_TYPES.items()}
_BEST_MATCH_COLUMNS = set(EVIDENCE_SCHEMA.names) - {"row", "request_id", "record_id", "is_crowded", "match_probability"}
"""What `evidence` says of a request's likeliest record."""
PAIRS_PER_BATCH = 200_000
"""Candidate pairs that are compared at a time, more where one request has more."""


def best_match_evidence(levels: ComparisonVectors, scores: RequestScores, model: Model) -> dict[str, npt.NDArray[Any]]:
    """What the likeliest record of each request says of it."""
    best = {name: levels[name][scores.best_pair_index] for name in ("row", "record", "address_known", *COMPARISONS)}

    def reaches(comparison: str, names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        return level_mask(comparison, *names)[best[comparison]]

    near = reaches("number", ("near",)) & reaches("street", ("near",))
    return {
        "row": best["row"],
        "record": best["record"],
        "match_weight": apply_calibration(scores.raw_weight, model),
        "candidate_pairs": scores.pair_counts,
        "address_agrees": reaches("number", NUMBER_AGREEMENT_LEVELS) & reaches("street", STREET_AGREEMENT_LEVELS) & ~near
        & reaches("unit", UNIT_AGREEMENT_LEVELS) & reaches("place", PLACE_AGREEMENT_LEVELS),
        "number_is_exact": reaches("number", ("exact",)),
        "address_known": best["address_known"],
        "given_name_agrees": reaches("given", GIVEN_AGREEMENT_LEVELS),
        "surname_agrees": reaches("surname", SURNAME_AGREEMENT_LEVELS),
        "rival_probability": scores.rival_probability,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """Requests in normal form, in order of address, the records each meets, and which addresses are crowded.

    `positions` in `asked` and `records` are the candidate pairs, in order of request.
    """

    encoded_requests: EncodedRequests
    request_index: npt.NDArray[np.int64]
    record_ids64: RecordIds64
    is_block_truncated: npt.NDArray[np.bool_]

    def batches(self) -> Iterator[slice]:
        """The pairs in slices of about `SLICE`, cut between requests."""
        start = 0
        while start < len(self.request_index):
            until = min(start + PAIRS_PER_BATCH, len(self.request_index))
            if until < len(self.request_index):
                until = int(np.searchsorted(self.request_index, self.request_index[until - 1], side="right"))
            yield slice(start, until)
            start = until


def encode_and_block(index: Index, requests: pa.Table) -> CandidatePairs:
    """Bring the requests to normal form, and find the records that share an address with each."""
    return find_candidate_pairs(index, encode_requests(index, requests))


def find_candidate_pairs(index: Index, asked: EncodedRequests) -> CandidatePairs:
    """Find the records that share an address with each request."""
    return CandidatePairs(asked, *index.candidate_pairs(asked.tax_years, asked.key_part_hashes))


def compute_comparison_vectors(index: Index, requests: pa.Table) -> ComparisonVectors:
    """The levels of all candidate pairs at once: requests in order of address, records in order of number."""
    meeting = encode_and_block(index, requests)
    return compare_pairs(index, meeting.encoded_requests, meeting.request_index, meeting.record_ids64)


def match_requests(
    index: Index,
    requests: pa.Table,
    *,
    threads: int | None = None,
    model: Model | None = None,
    progress: ProgressCallback = no_progress,
) -> pa.Table:
    """Evidence for each request: the likeliest record, how likely it is, and what agrees.

    `requests` has the columns of `comity.model.batch.REQUESTS`, or at least row, request_id, tax_year, an address and
    names; a request is compared with the records of its tax year only. The result has the schema `EVIDENCE`.
    """
    meeting = encode_and_block(index, requests)
    found = score_candidate_pairs(index, meeting, model or load_default_model(), threads, progress)
    is_large = (
        len(requests) >= SMALL_BATCH
    )  # it touches gigabytes of the index: of the columns first, then of the record_ids
    if is_large:
        index.release_pages()
    made = _one_row_per_request(index, requests, meeting, found)
    if is_large:
        index.release_pages()
    return made


def score_candidate_pairs(
    index: Index,
    meeting: CandidatePairs,
    model: Model,
    threads: int | None = None,
    progress: ProgressCallback = no_progress,
) -> list[dict[str, npt.NDArray[Any]]]:
    """Compare and score every candidate pair, a slice at a time on each thread, so that memory is bounded."""

    def one(part: slice) -> dict[str, npt.NDArray[Any]]:
        levels = compare_pairs(index, meeting.encoded_requests, meeting.request_index[part], meeting.record_ids64[part])
        return best_match_evidence(levels, score_requests(levels, model), model)

    parts = list(meeting.batches())
    found = []
    with ExitStack() as stack:
        each: Callable[..., Iterator[dict[str, npt.NDArray[Any]]]] = (
            map  # starting threads for one slice would take longer than the slice
        )
        if len(parts) > 1:
            each = stack.enter_context(ThreadPoolExecutor(threads or os.cpu_count() or 1)).map
        for part, made in zip(parts, each(one, parts), strict=True):
            found.append(made)
            progress("match", part.stop / len(meeting.request_index))
    return found


def _one_row_per_request(
    index: Index, requests: pa.Table, meeting: CandidatePairs, found: list[dict[str, npt.NDArray[Any]]]
) -> pa.Table:
    """One row of evidence per request in order of `row`: what was found, or that nothing was."""
    rows = requests.column("row").to_numpy()
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    columns: dict[str, npt.NDArray[Any]] = {"row": rows, "is_crowded": np.zeros(len(rows), dtype=bool)}
    columns["is_crowded"][np.searchsorted(rows, meeting.encoded_requests.row_numbers)] = meeting.is_block_truncated
    best = {name: np.concatenate([f[name] for f in found]) for name in found[0]} if found else {}
    at = np.searchsorted(rows, best["row"]) if found else np.empty(0, np.int64)
    for name in _BEST_MATCH_COLUMNS:
        none = NO_CANDIDATE_WEIGHT if name == "match_weight" else 0
        columns[name] = np.full(len(rows), none, dtype=_NUMPY_DTYPES[name])
        if found:
            columns[name][at] = best[name]
    weight = columns["match_weight"]
    columns["match_probability"] = np.where(weight == NO_CANDIDATE_WEIGHT, 0.0, 1 / (1 + np.exp2(-weight)))
    columns["record_id"] = np.full(len(rows), None, dtype=object)
    if found:
        columns["record_id"][at] = index.record_ids(best["record"])
    arrays = {name: pa.array(values, _ARROW_TYPES[name]) for name, values in columns.items()}
    arrays["request_id"] = requests.column("request_id").take(pa.array(order)).cast(pa.string())
    return pa.Table.from_arrays([arrays[name] for name in EVIDENCE_SCHEMA.names], schema=EVIDENCE_SCHEMA)
