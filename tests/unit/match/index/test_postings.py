"""Postings files: a sparse search and a streaming read find the same."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.match.index import postings
from comity.match.index.postings import open_postings, write_postings


@given(
    numbers=st.lists(st.integers(0, 12), min_size=1, max_size=60),
    queries=st.lists(st.integers(0, 14), max_size=30),
    max_block_size=st.integers(1, 6),
    batch_size=st.integers(1, 7),
)
@settings(deadline=None, max_examples=200)
def test_lookup_finds_every_record_of_a_key_and_no_other_in_both_ways(
    tmp_path_factory: pytest.TempPathFactory,
    numbers: list[int],
    queries: list[int],
    max_block_size: int,
    batch_size: int,
) -> None:
    folder = tmp_path_factory.mktemp("postings")
    spread = np.uint64(0x0123456789ABCDE0)
    record_keys = np.array(numbers, np.uint64) * spread  # 0 is no key
    _, hot_records, hottest = write_postings(
        folder, "k", max_block_size, len(numbers), [iter([record_keys])], lambda records: [record_keys[records]]
    )
    query_keys = np.sort(np.array(queries, np.uint64) * spread)
    expected = {
        (position, record)
        for position, query in enumerate(query_keys.tolist())
        for record, key in enumerate(record_keys.tolist())
        if query and query == key and numbers.count(numbers[record]) <= max_block_size
    }
    hot = {n for n in numbers if n and numbers.count(n) > max_block_size}
    assert set(hot_records.tolist()) == {i for i, n in enumerate(numbers) if n in hot}
    assert hottest == max((numbers.count(n) for n in hot), default=0)
    file = open_postings(folder, "k", len(numbers))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "STREAM_BATCH_SIZE", batch_size)
        for ratio in (0, 10**9):
            patch.setattr(postings, "_SPARSE_LOOKUP_RATIO", ratio)
            positions, records, is_hot = file.lookup(query_keys)
            assert set(zip(positions.tolist(), records.tolist(), strict=True)) == expected
            assert len(positions) == len(expected)
            assert is_hot.tolist() == [key // int(spread) in hot for key in query_keys.tolist()]


def test_lookup_in_an_empty_file_finds_nothing(tmp_path: Path) -> None:
    nothing = np.zeros(2, np.uint64)
    write_postings(tmp_path, "k", 3, 2, [iter([nothing])], lambda records: [nothing[records]])
    positions, records, is_hot = open_postings(tmp_path, "k", 2).lookup(np.array([5], np.uint64))
    assert (len(positions), len(records), is_hot.tolist()) == (0, 0, [False])


@given(
    keys=st.lists(st.lists(st.integers(0, 7), min_size=8, max_size=8), min_size=1, max_size=2),
    max_block_size=st.integers(1, 4),
    batch_size=st.integers(1, 5),
)
@settings(deadline=None, max_examples=200)
def test_a_key_is_hot_by_its_own_records_however_many_begin_as_it_does(
    tmp_path_factory: pytest.TempPathFactory, keys: list[list[int]], max_block_size: int, batch_size: int
) -> None:
    """Keys of two rules in one file, of which the upper bits are two only: 1 to 3 are one cut key, 4 to 7 another."""
    folder = tmp_path_factory.mktemp("postings")
    rule_keys = [np.array([k | (1 << 63 if k > 3 else 1 << 62) if k else 0 for k in row], np.uint64) for row in keys]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "record_bits", lambda _: 62)
        patch.setattr(postings, "BATCH_SIZE", batch_size)
        count, hot_records, hottest = write_postings(
            folder, "k", max_block_size, 8, [iter([row]) for row in rule_keys], lambda r: [row[r] for row in rule_keys]
        )
        file = open_postings(folder, "k", 8)
    records_of = Counter(key for row in rule_keys for key in row.tolist() if key)
    hot = {key for key, records in records_of.items() if records > max_block_size}
    assert file.hot_keys.tolist() == sorted(hot)
    assert hottest == max((records_of[key] for key in hot), default=0)
    entries = [(key, record) for row in rule_keys for record, key in enumerate(row.tolist()) if key]
    assert sorted(hot_records.tolist()) == sorted(record for key, record in entries if key in hot)
    kept = sorted((key >> 62 << 62) | record for key, record in entries if key not in hot)
    assert file.entries.tolist() == kept
    assert count == len(kept)
