"""The pairs of several rules become one list without repetitions, in order."""

import numpy as np
import pytest

from comity.match.kernels.pair_lists import RulePairs, merge_pairs


def make_rule_pairs(rng: np.random.Generator, count: int, requests: int, records: int) -> RulePairs:
    return rng.integers(0, requests, count).astype(np.uint32), rng.integers(0, records, count).astype(np.uint32)


@pytest.mark.parametrize(
    ("requests", "records", "count"), [(1, 2**32, 300), (7, 5, 90), (50_000, 40, 200_000), (3, 9, 0)]
)
def test_pairs_are_distinct_and_in_order(requests: int, records: int, count: int) -> None:
    rng = np.random.default_rng(7)
    found = [make_rule_pairs(rng, count, requests, records) for _ in range(3)]
    by_definition = np.unique(np.concatenate([(r.astype(np.uint64) << np.uint64(32)) | n for r, n in found]))
    assert np.array_equal(merge_pairs(requests, found), by_definition)


def test_no_rules_find_no_pairs() -> None:
    assert merge_pairs(4, []).tolist() == []
