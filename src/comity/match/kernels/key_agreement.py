"""Check that records found by cut blocking keys share the parts that the keys are made of.

A posting holds as many bits of a key as its record number leaves, so a search also finds records whose keys begin with
the same bits by chance. Here the tax year and each part of a key of both sides are compared, part by part, as hashes of
64 bits. Which rules may pair a request is known beforehand: those whose key of the request is not hot.

Guarantees: a pair is marked only if both sides have one tax year and all parts of one rule that is followed; whether it
is depends on the request, the record and the rules followed alone, and not on the length of the cut keys.
Does not: check an address. The caller keeps the columns alive.
Basis: promise 1; ADR 0048.
Start at `mark_shared_keys`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Bools
from comity.columns.intrinsics import load_uint32, load_uint64
from comity.columns.kernel import kernel

Addresses = npt.NDArray[np.uint64]


class KeyForms(NamedTuple):
    """The ways in which a request's key and a record's can be one key: those of rule `rules[i]` of the request.

    Its parts are `requested[k]` of the request and `stored[k]` of the record, for k from `starts[i]` to
    `starts[i + 1]`.
    """

    rules: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    requested: npt.NDArray[np.int64]
    stored: npt.NDArray[np.int64]


class PartColumns(NamedTuple):
    """Where the hashes of key parts are: of each part of the requests; and of each part of the records by its code.

    Attributes:
        requested: the address of each part's hashes, an entry per request.
        stored: the address of each part's hashes, an entry per code.
        codes: the address of each part's codes, an entry per pair.
    """

    requested: Addresses
    stored: Addresses
    codes: Addresses


def find_addresses(columns: list[npt.NDArray[Any]]) -> Addresses:
    """Return the addresses of columns of contiguous values."""
    if not all(column.flags.c_contiguous for column in columns):
        raise RuntimeError("kernels read contiguous columns only")
    return np.array([column.ctypes.data for column in columns], np.uint64)


@kernel
def _load_code(address: np.uint64, position: int) -> int:
    """Return an entry of a column of 32-bit codes."""
    code: int = load_uint32(address + np.uint64(4 * position))  # type: ignore[call-arg]  # numba passes the first
    return code


@kernel
def _load_hash(address: np.uint64, position: int) -> int:
    """Return an entry of a column of 64-bit hashes."""
    value: int = load_uint64(address + np.uint64(8 * position))  # type: ignore[call-arg]  # numba passes the first
    return value


@kernel
def mark_shared_keys(
    request_index: npt.NDArray[np.int64],
    requested_years: npt.NDArray[np.uint64],
    stored_years: npt.NDArray[np.uint16],
    followed: npt.NDArray[np.uint32],
    forms: KeyForms,
    parts: PartColumns,
    out: Bools,
) -> None:
    """Mark the pairs that share a key.

    Args:
        request_index: the request of each pair.
        requested_years: the tax year of each request.
        stored_years: the tax year of each pair's record.
        followed: for each request, a bit for each rule whose key of it leads to records.
        forms: the ways in which two keys can be one.
        parts: where the parts are.
        out: filled with whether each pair shares a key.
    """
    rules, starts, requested, stored = forms.rules, forms.starts, forms.requested, forms.stored
    requested_at, stored_at, codes_at = parts.requested, parts.stored, parts.codes
    for pair in range(len(out)):
        request, is_shared, form = request_index[pair], False, 0
        known = agreeing = np.uint32(0)
        is_one_year = requested_years[request] == stored_years[pair]
        while is_one_year and not is_shared and form < len(rules):
            is_shared = (followed[request] >> np.uint32(rules[form])) & np.uint32(1) != 0
            k = starts[form]
            while is_shared and k < starts[form + 1]:
                # Parts recur in many forms, so what is known of one is kept, as a bit.
                part, bit = stored[k], np.uint32(1) << np.uint32(stored[k])
                if requested[k] != part or known & bit == 0:
                    found = _load_hash(stored_at[part], _load_code(codes_at[part], pair))
                    is_shared = found != 0 and found == _load_hash(requested_at[requested[k]], request)
                    if requested[k] == part:
                        known |= bit
                        agreeing |= bit if is_shared else np.uint32(0)
                else:
                    is_shared = agreeing & bit != 0
                k += 1
            form += 1
        out[pair] = is_shared
