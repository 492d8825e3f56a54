"""Find candidate pairs: the records that share an address with each request, through the blocking keys of an index.

Guarantees: no record is found except by an address, or by chance, which `compare_candidates` undoes; the pairs of a
request depend on that request and the index alone.
Does not: compare.
Start at `find_candidate_pairs`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from comity.match.encode_requests import EncodedRequests
from comity.match.index.reader import Index, RecordIds64

PAIRS_PER_BATCH = 200_000
"""Candidate pairs that are compared at a time; more where one request has more."""


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """Encoded requests and their candidate pairs, in order of request, then of record.

    Attributes:
        encoded_requests: the requests, sorted by address.
        request_index: each pair's position in `encoded_requests`.
        record_ids64: each pair's record.
        is_block_truncated: for each request, whether its address leads to more records than the index follows.
        rules_followed: for each segment and request, a bit for each rule that leads to records.
    """

    encoded_requests: EncodedRequests
    request_index: npt.NDArray[np.int64]
    record_ids64: RecordIds64
    is_block_truncated: npt.NDArray[np.bool_]
    rules_followed: tuple[npt.NDArray[np.uint32], ...]

    def batches(self) -> Iterator[slice]:
        """Yield slices of about `PAIRS_PER_BATCH` pairs that keep the pairs of one request together."""
        start = 0
        while start < len(self.request_index):
            stop = min(start + PAIRS_PER_BATCH, len(self.request_index))
            if stop < len(self.request_index):
                stop = int(np.searchsorted(self.request_index, self.request_index[stop - 1], side="right"))
            yield slice(start, stop)
            start = stop


def find_candidate_pairs(index: Index, encoded_requests: EncodedRequests) -> CandidatePairs:
    """Find the records whose blocking keys begin as those of each request do."""
    pairs = index.candidate_pairs(encoded_requests.tax_years, encoded_requests.key_part_hashes)
    return CandidatePairs(encoded_requests, *pairs)
