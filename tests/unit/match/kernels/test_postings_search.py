"""Search in sorted postings, held to plain Python."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.match.kernels.postings_search import count_postings, gather_postings


@given(
    st.lists(st.integers(0, 63), max_size=60),
    st.lists(st.integers(0, 63), max_size=30),
    st.sampled_from([8, 32, 58]),  # all near 0, or over the whole range, as the keys of a file are
    st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_gather_postings_returns_every_entry_of_a_wanted_key_and_no_other(
    keys: list[int], wanted_keys: list[int], shift: int, is_whole_file: bool
) -> None:
    record_mask = np.uint64(0xFF)
    entries = np.sort(np.array([key << shift | i for i, key in enumerate(keys)], np.uint64))
    wanted = np.sort(np.array(wanted_keys, np.uint64) << np.uint64(shift))
    starts, lengths = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.int64)
    total = count_postings(entries, wanted, record_mask, starts, lengths, is_whole_file)
    positions, records = np.empty(total, np.int64), np.empty(total, np.uint32)
    gather_postings(entries, record_mask, starts, lengths, positions, records)
    expected = sorted(
        (position, i)
        for position, wanted_key in enumerate(sorted(wanted_keys))
        for i, key in enumerate(keys)
        if key == wanted_key
    )
    assert list(zip(positions.tolist(), records.tolist(), strict=True)) == expected
