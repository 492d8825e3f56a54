"""Sets of hashes in kernels."""

import numpy as np

from comity.columns.hash_sets import build_hash_set, hash_set_contains


def test_hash_set_contains_what_it_was_built_from_and_nothing_else() -> None:
    hashes = np.random.default_rng(5).integers(1, 2**64, 3000, dtype=np.uint64)
    hashes[:500] = (hashes[:500] & ~np.uint64(0xFFFF)) | np.uint64(7)  # all of these want one slot
    table = build_hash_set(hashes[:2000])
    assert len(table) >= 4 * 2000
    assert all(hash_set_contains(table, value) for value in hashes[:2000])
    assert not any(hash_set_contains(table, value) for value in hashes[2000:])
    assert not hash_set_contains(build_hash_set(hashes[:0]), hashes[0])
