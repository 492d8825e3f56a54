"""Sets of 64-bit hashes that kernels build and search."""

import numpy as np

from comity.columns.kernel import inline_kernel, kernel
from comity.columns.strings import Hashes


@kernel
def build_hash_set(values: Hashes, capacity: int = 0) -> Hashes:
    """Build an open-addressing table of `values` (none of them 0)."""
    size = 4
    while size < 4 * max(len(values), capacity):
        size *= 2
    table = np.zeros(size, np.uint64)
    mask, one = np.uint64(size - 1), np.uint64(1)
    for value in values:
        slot = value & mask
        while table[slot]:
            slot = (slot + one) & mask
        table[slot] = value
    return table


@inline_kernel
def hash_set_contains(table: Hashes, value: np.uint64) -> bool:
    """Return whether a table of `build_hash_set` holds a value; it never holds 0."""
    mask, one = np.uint64(len(table) - 1), np.uint64(1)
    slot = value & mask
    while table[slot] != 0 and table[slot] != value:
        slot = (slot + one) & mask
    return bool(table[slot] != 0)
