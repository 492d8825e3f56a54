"""Sets and counts of digests against Python's own."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from comity.columns.hash_sets import (
    build_hash_set,
    count_distinct_members,
    hash_set_contains,
    is_in_set,
    run_starts,
    value_counts,
)
from tests.support.text_columns import COMPILES_FIRST

DIGESTS = st.lists(st.integers(0, 40) | st.sampled_from([2**63, 2**64 - 1]))


@given(st.lists(st.integers(1, 40), unique=True), DIGESTS)
@COMPILES_FIRST
def test_is_in_set_finds_the_values_and_never_zero(values: list[int], digests: list[int]) -> None:
    result = is_in_set(np.array(digests, dtype=np.uint64), np.array(sorted(values), dtype=np.uint64))
    assert result.tolist() == [digest in values for digest in digests]


@given(DIGESTS)
@COMPILES_FIRST
def test_value_counts_counts_every_value_but_zero(digests: list[int]) -> None:
    values, counts = value_counts(np.array(digests, np.uint64))
    expected = Counter(digest for digest in digests if digest)
    assert list(zip(values.tolist(), counts.tolist(), strict=True)) == sorted(expected.items())


@given(st.integers(0, 2**32), st.integers(0, 6000), st.sampled_from([1, 40, 5000]), st.booleans())
@COMPILES_FIRST
def test_count_distinct_members_counts_each_member_of_a_group_once(
    seed: int, rows: int, group_count: int, is_of_one_part: bool
) -> None:
    random = np.random.default_rng(seed)
    possible = random.integers(0, 2**64, group_count, dtype=np.uint64)
    if is_of_one_part:
        possible >>= np.uint64(40)
    groups = possible[random.integers(0, group_count, rows)]
    members = groups * np.uint64(2654435761) + random.integers(1, 4, rows).astype(np.uint64)
    found, counts = count_distinct_members(groups, members)
    expected = Counter(group for group, _ in set(zip(groups.tolist(), members.tolist(), strict=True)))
    assert list(zip(found.tolist(), counts.tolist(), strict=True)) == sorted(expected.items())


def test_run_starts_of_a_sorted_array() -> None:
    assert run_starts(np.array([3, 3, 5, 7, 7], np.uint64)).tolist() == [0, 2, 3]
    assert run_starts(np.array([], np.uint64)).tolist() == []


def test_build_hash_set_leaves_three_quarters_of_the_slots_empty() -> None:
    for count in (0, 1, 2, 3, 64, 65):
        table = build_hash_set(np.arange(1, count + 1, dtype=np.uint64))
        assert np.count_nonzero(table) == count
        assert len(table) >= 4 * count
        assert len(table) & (len(table) - 1) == 0


def test_hash_set_contains_what_it_was_built_from_and_nothing_else() -> None:
    hashes = np.random.default_rng(5).integers(1, 2**64, 3000, dtype=np.uint64)
    hashes[:500] = (hashes[:500] & ~np.uint64(0xFFFF)) | np.uint64(7)  # all of these want one slot
    table = build_hash_set(hashes[:2000])
    assert all(hash_set_contains(table, value) for value in hashes[:2000])
    assert not any(hash_set_contains(table, value) for value in hashes[2000:])
    assert not hash_set_contains(build_hash_set(hashes[:0]), hashes[0])
