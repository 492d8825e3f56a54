"""Weigh the hypotheses about each request apart from one another, so that other shares can be put in afterwards.

The probability of a match sums over hypotheses. Here each is kept: the people on record, and each rival. With other
shares, each rival's weight moves by the difference of the shares' weights, and nothing need be compared again.

Guarantees: the weights are those of `score_requests`, which are summed there; a request without a candidate pair has no
row.
Does not: learn shares (`comity.evaluate.population_labels` does).
Basis: ADR 0044; Saerens, Latinne and Decaestecker 2002.
Start at `weigh_hypotheses`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.candidate_pairs import find_candidate_pairs
from comity.match.comparison_vectors import compare_candidates
from comity.match.encode_requests import encode_requests
from comity.match.index.reader import Index
from comity.match.match_model import Model
from comity.match.scoring import RIVAL_HYPOTHESES, score_requests
from comity.model.shares import Shares

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RequestHypotheses:
    """The weight of each hypothesis in bits, a row per request that has a candidate pair, in the order of `row`.

    `on_record` is that of all people on candidate records together; `rivals` has a column for each of
    `RIVAL_HYPOTHESES`. Both contain the prior of `shares`.
    """

    row: npt.NDArray[np.int64]
    on_record: Floats
    rivals: Floats
    shares: Shares


def weigh_hypotheses(index: Index, requests: pa.Table, model: Model, shares: Shares) -> RequestHypotheses:
    """Compare requests with an index, as `match_requests` does, and return the weight of each hypothesis."""
    pairs = find_candidate_pairs(index, encode_requests(index, requests))
    rows, on_record, rivals = [np.empty(0, np.int64)], [np.empty(0)], [np.empty((0, len(RIVAL_HYPOTHESES)))]
    for batch in pairs.batches():
        vectors = compare_candidates(index, pairs, batch)
        if not len(vectors["row"]):
            continue
        scores = score_requests(vectors, model, shares)
        rows.append(vectors["row"][scores.best_pair_index].astype(np.int64))
        on_record.append(scores.on_record_weight)
        rivals.append(np.stack([scores.rival_weights[name] for name in RIVAL_HYPOTHESES], axis=1))
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    return RequestHypotheses(row[order], np.concatenate(on_record)[order], np.concatenate(rivals)[order], shares)
