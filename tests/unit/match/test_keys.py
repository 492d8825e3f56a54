"""A file of keys: searched where it lies, or read from end to end, it says the same."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.match.index import postings
from comity.match.index.postings import open_postings, write_postings


@given(
    made=st.lists(st.integers(0, 12), min_size=1, max_size=60),
    asked=st.lists(st.integers(0, 14), max_size=30),
    bound=st.integers(1, 6),
    block=st.integers(1, 7),
)
@settings(deadline=None, max_examples=200)
def test_both_ways_find_every_record_of_a_key_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, made: list[int], asked: list[int], bound: int, block: int
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    spread = np.uint64(0x0123456789ABCDE0)
    all_keys = np.array(made, np.uint64) * spread  # 0 is no key
    _, behind, largest = write_postings(folder, "k", bound, len(made), [iter([all_keys])])
    wanted = np.sort(np.array(asked, np.uint64) * spread)
    expected = {
        (at, record)
        for at, key in enumerate(wanted.tolist())
        for record, other in enumerate(all_keys.tolist())
        if key and key == other and made.count(made[record]) <= bound
    }
    hot = {n for n in made if n and made.count(n) > bound}
    assert set(behind.tolist()) == {i for i, n in enumerate(made) if n in hot}
    assert largest == max((made.count(n) for n in hot), default=0)
    file = open_postings(folder, "k", len(made))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "STREAM_BATCH_SIZE", block)
        for sparse in (0, 10**9):
            patch.setattr(postings, "_SPARSE_LOOKUP_RATIO", sparse)
            positions, records, is_hot = file.lookup(wanted)
            assert set(zip(positions.tolist(), records.tolist(), strict=True)) == expected
            assert len(positions) == len(expected)
            assert [bool(h) for h in is_hot] == [k // int(spread) in hot for k in wanted.tolist()]


def test_a_key_without_an_entry_in_an_empty_file(tmp_path: Path) -> None:
    write_postings(tmp_path, "k", 3, 2, [iter([np.zeros(2, np.uint64)])])
    positions, records, hot = open_postings(tmp_path, "k", 2).lookup(np.array([5], np.uint64))
    assert (len(positions), len(records), hot.tolist()) == (0, 0, [False])
