"""Match a batch of requests with the records of an index: encode, block, compare, score, keep the best record of each.

Guarantees: one row of evidence per request, in the order of `row`. The evidence for a request depends on that request,
the index, the model and the shares alone: not on the batch, its order or the number of threads. The cost follows the
batch: only what its blocking keys lead to is read from the index.
Does not: decide (`comity.decide` does).
Start at `match_requests`.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.binary_powers import compute_exp2
from comity.columns.buffers import Bools
from comity.columns.parallel import iter_parallel
from comity.law import find_population
from comity.match.candidate_pairs import CandidatePairs, find_candidate_pairs
from comity.match.comparison_vectors import ComparisonVectors, compare_candidates
from comity.match.comparisons import COMPARISONS, GIVEN_NAME, HOUSE_NUMBER, PLACE, STREET, SURNAME, UNIT, Comparison
from comity.match.counted_as_one import mark_counted_as_one
from comity.match.encode_requests import encode_requests
from comity.match.index.reader import Index
from comity.match.index.segment import SMALL_BATCH
from comity.match.match_model import Model, load_default_model
from comity.match.same_names import mark_same_names
from comity.match.scoring import RequestScores, apply_calibration, score_requests
from comity.model.evidence import EVIDENCE_SCHEMA
from comity.model.likelihoods import NO_CANDIDATE, encode_likelihoods
from comity.model.progress import ProgressCallback, no_progress
from comity.model.shares import Shares
from comity.normalize.encode import EncodedTable

NO_CANDIDATE_WEIGHT = -100.0
"""The match weight of a request without candidate pairs."""
_NO_CANDIDATE_VALUES = {"match_weight": NO_CANDIDATE_WEIGHT, "likelihoods": NO_CANDIDATE}
_ARROW_TYPES = {field.name: field.type for field in EVIDENCE_SCHEMA}
_NUMPY_DTYPES = {name: arrow_type.to_pandas_dtype() for name, arrow_type in _ARROW_TYPES.items()}
_BEST_MATCH_COLUMNS = set(EVIDENCE_SCHEMA.names) - {"row", "request_id", "record_id", "is_crowded", "match_probability"}
"""The columns of evidence that `best_match_evidence` returns."""

Evidence = dict[str, npt.NDArray[Any]]
"""Columns of evidence, one entry per request that has a candidate pair."""


def match_requests(  # noqa: PLR0913  all but two have defaults
    index: Index,
    requests: pa.Table,
    *,
    threads: int | None = None,
    model: Model | None = None,
    shares: Shares | None = None,
    normalized: EncodedTable | None = None,
    progress: ProgressCallback = no_progress,
) -> pa.Table:
    """Return the evidence for each request: its likeliest record, how likely that is, and what agrees.

    Args:
        index: the index that is searched.
        requests: a table with the columns of `comity.model.batch.REQUESTS_SCHEMA`, or at least `row`, `request_id`,
            `tax_year`, an address and names. A request is compared with records of its tax year only.
        threads: how many threads compare pairs; one per processor by default.
        model: the model that weighs; the shipped one by default.
        shares: how many requests of each kind there are; those of the default population profile by default.
        normalized: the rows as `encode_table` normalizes them, where that is done already.
        progress: called after each batch of pairs.

    Returns:
        A table with the schema `EVIDENCE_SCHEMA`, a row per request.
    """
    pairs = find_candidate_pairs(index, encode_requests(index, requests, normalized))
    evidence = score_candidate_pairs(
        index, pairs, model or load_default_model(), shares, threads=threads, progress=progress
    )
    # A large batch maps gigabytes of the index: first of its columns, then of its record_ids.
    is_large = len(requests) >= SMALL_BATCH
    if is_large:
        index.release_pages()
    table = _one_row_per_request(index, requests, pairs, evidence)
    if is_large:
        index.release_pages()
    return table


def score_candidate_pairs(  # noqa: PLR0913  all but three have defaults
    index: Index,
    pairs: CandidatePairs,
    model: Model,
    shares: Shares | None = None,
    *,
    threads: int | None = None,
    progress: ProgressCallback = no_progress,
) -> list[Evidence]:
    """Compare and score all candidate pairs, a batch of pairs per thread at a time, so that memory is bounded."""
    prior = shares or find_population().least_favorable

    def score_batch(batch: slice) -> Evidence | None:
        vectors = compare_candidates(index, pairs, batch)
        if not len(vectors["row"]):  # all of them were found by chance
            return None
        scores = score_requests(vectors, model, prior)
        best = scores.best_pair_index
        evidence = best_match_evidence(vectors, scores, model)
        levels = {name: vectors[name][best] for name in COMPARISONS}
        best_pairs = (index, pairs.encoded_requests, vectors["request_index"][best], vectors["record"][best], levels)
        evidence["counted_as_one"] = mark_counted_as_one(*best_pairs)
        evidence["same_name"] = mark_same_names(*best_pairs)
        evidence["likelihoods"] = encode_likelihoods(scores.weigh_without_priors(prior))
        return evidence

    batches = list(pairs.batches())
    results = []
    run: Callable[..., Iterator[Evidence | None]] = map
    if len(batches) > 1:  # for a single batch, starting a thread takes longer than the batch
        run = partial(iter_parallel, threads=threads)
    for batch, evidence in zip(batches, run(score_batch, batches), strict=True):
        if evidence is not None:
            results.append(evidence)
        progress("match", batch.stop / len(pairs.request_index))
    return results


def best_match_evidence(vectors: ComparisonVectors, scores: RequestScores, model: Model) -> Evidence:
    """Return the evidence for each request from the pair with its likeliest record."""
    best = {name: vectors[name][scores.best_pair_index] for name in ("row", "record", "address_known", *COMPARISONS)}
    agrees = partial(mark_agreeing, best)
    number_and_street_have_typos = (best["number"] == HOUSE_NUMBER.code("TYPO")) & (
        best["street"] == STREET.code("TYPO")
    )
    return {
        "row": best["row"],
        "record": best["record"],
        "match_weight": apply_calibration(scores.raw_weight, model),
        "candidate_pairs": scores.pair_counts,
        "address_agrees": (
            agrees(HOUSE_NUMBER) & agrees(STREET) & agrees(UNIT) & agrees(PLACE) & ~number_and_street_have_typos
        ),
        **evaluate_pair_conditions(best),
        "rival_probability": scores.rival_probability,
    }


def evaluate_pair_conditions(pairs: ComparisonVectors) -> Evidence:
    """Return which pairs meet each condition of the policy that the pair's own levels decide."""
    return {
        "number_is_exact": HOUSE_NUMBER.mask(lambda level: level.is_exact)[pairs["number"]],
        "address_known": pairs["address_known"],
        # An initial sets no name forth (26 USC 6103(i)(2)(B)(i)), so it never supports a confirmation.
        "given_name_agrees": mark_agreeing(pairs, GIVEN_NAME) & (pairs["given"] != GIVEN_NAME.code("INITIAL")),
        "surname_agrees": mark_agreeing(pairs, SURNAME),
    }


def mark_agreeing(pairs: ComparisonVectors, comparison: Comparison) -> Bools:
    """Return which pairs agree by the level of one comparison."""
    mask: Bools = comparison.mask(lambda level: level.agrees)[pairs[comparison.name]]
    return mask


def _one_row_per_request(
    index: Index, requests: pa.Table, pairs: CandidatePairs, batches: Sequence[Evidence]
) -> pa.Table:
    """Return the evidence in the order of `row`, with a row also for each request that has no candidate pair."""
    rows = requests.column("row").to_numpy()
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    columns: Evidence = {"row": rows, "is_crowded": np.zeros(len(rows), dtype=bool)}
    columns["is_crowded"][np.searchsorted(rows, pairs.encoded_requests.row_numbers)] = pairs.is_block_truncated
    best = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]} if batches else {}
    positions = np.searchsorted(rows, best["row"]) if batches else np.empty(0, np.int64)
    for name in _BEST_MATCH_COLUMNS:
        default = _NO_CANDIDATE_VALUES.get(name, 0)
        columns[name] = np.full(len(rows), default, dtype=_NUMPY_DTYPES[name])
        if batches:
            columns[name][positions] = best[name]
    weight = columns["match_weight"]
    columns["match_probability"] = np.where(weight == NO_CANDIDATE_WEIGHT, 0.0, 1 / (1 + compute_exp2(-weight)))
    columns["record_id"] = np.full(len(rows), None, dtype=object)
    if batches:
        columns["record_id"][positions] = index.record_ids(best["record"])
    arrays = {name: pa.array(values, _ARROW_TYPES[name]) for name, values in columns.items()}
    arrays["request_id"] = requests.column("request_id").take(pa.array(order)).cast(pa.string())
    return pa.Table.from_arrays([arrays[name] for name in EVIDENCE_SCHEMA.names], schema=EVIDENCE_SCHEMA)
