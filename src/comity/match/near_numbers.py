"""Find taxpayer numbers that are not equal and yet related: near ones, and those of somebody else in the household.

Two numbers are near if one digit differs, or two neighbors are exchanged. The index stores one keyed hash of a number
and nothing of its digits, so the requests' side is spelled out: the 81 numbers with another digit and the 8 with two
neighbors exchanged are hashed under the index's key and looked for. So nothing is added to the index, and whoever
copies it without its key learns no more than before.

Guarantees: what is found about a pair depends on that pair and the index alone; two unrelated numbers are near by
chance in one pair of 48 million.
Basis: ADR 0043.
Start at `relate_numbers`.
"""

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Bools
from comity.columns.kernel import kernel
from comity.match.index.segment import SegmentReader
from comity.match.index.tins import hash_tins

NEAR, HOUSEHOLD = 1, 2
"""How the number in a request relates to the one on record, if the two are not equal; 0 for neither."""
DIGITS = 9
NEAR_COUNT = 9 * DIGITS + DIGITS - 1
MOST_APART = 100
"""Records to either side among which others of the household are looked for; those at one address are adjacent."""
_NUMBERS_PER_BATCH = 20_000
_HOME_COLUMNS = ("tax_year", "place", "street", "number", "unit")
Numbers = npt.NDArray[np.uint32]
Positions = npt.NDArray[np.int64]


def relate_numbers(  # noqa: PLR0913, PLR0917  what both sides have
    key: bytes,
    segment: SegmentReader,
    requested: tuple[Numbers, Numbers],
    request_index: Positions,
    records: tuple[Numbers, Numbers],
    is_same_house: Bools,
) -> npt.NDArray[np.uint8]:
    """Return `NEAR`, `HOUSEHOLD` or 0 for each pair; 0 where the house numbers are not equal, as most are not.

    Args:
        key: the key of the index's hashes.
        segment: where the records are.
        requested: the number of each request and its hash, 0 for none.
        request_index: each pair's request.
        records: each pair's record, and the hash of its number.
        is_same_house: whether the house numbers of each pair are equal. A taxpayer number never stands in for the
            address, so what it is like at another house is not asked.
    """
    numbers, hashes = requested
    record_numbers, record_hashes = records
    relations = np.zeros(len(request_index), np.uint8)
    sent = hashes[request_index]
    pairs = np.flatnonzero(is_same_house & (sent != 0) & (record_hashes != 0) & (sent != record_hashes))
    if not len(pairs):
        return relations
    requests, request_of_pair = np.unique(request_index[pairs], return_inverse=True)
    is_near = np.zeros(len(pairs), np.bool_)
    hash_of_pair = record_hashes[pairs]
    for start in range(0, len(requests), _NUMBERS_PER_BATCH):
        spelled = spell_near_numbers(numbers[requests[start : start + _NUMBERS_PER_BATCH]])
        near = hash_tins(key, spelled.ravel()).reshape(spelled.shape)
        _mark_near_pairs(near, request_of_pair - start, hash_of_pair, is_near)
    relations[pairs[is_near]] = NEAR
    relations[pairs[_is_of_household(segment, record_numbers[pairs], sent[pairs])]] = HOUSEHOLD
    return relations


def spell_near_numbers(numbers: Numbers) -> Numbers:
    """Return the near numbers of each number, shape (numbers, `NEAR_COUNT`); 0 where two equal digits are exchanged."""
    near = np.empty((len(numbers), NEAR_COUNT), np.uint32)
    _spell_near_numbers(numbers, near)
    return near


@kernel
def _spell_near_numbers(numbers: Numbers, out: Numbers) -> None:
    for i in range(len(numbers)):
        power, count, lower = 1, 0, -1
        for _ in range(DIGITS):
            digit = numbers[i] // power % 10
            for other in range(10):
                if other != digit:
                    out[i, count] = numbers[i] + (other - digit) * power
                    count += 1
            if lower >= 0:
                out[i, count] = numbers[i] + (digit - lower) * (power // 10 - power) if digit != lower else 0
                count += 1
            power, lower = power * 10, digit


@kernel
def _mark_near_pairs(
    near: Numbers, request_of_pair: Positions, record_hashes: Numbers, out: npt.NDArray[np.bool_]
) -> None:
    """Mark the pairs whose record's hash is one of the near hashes of its request, if that is in this batch."""
    for pair in range(len(out)):
        request = request_of_pair[pair]
        if 0 <= request < near.shape[0]:
            for i in range(near.shape[1]):
                if near[request, i] == record_hashes[pair]:
                    out[pair] = True


def _is_of_household(segment: SegmentReader, records: Numbers, sent: Numbers) -> npt.NDArray[np.bool_]:
    """Return which numbers are those of another record at the same address in the same year."""
    holders = np.empty(len(records), np.int64)
    _find_nearby(segment.columns["tin"], records.astype(np.int64), sent, holders)
    found = np.flatnonzero(holders >= 0)
    is_same_home = ~np.isin(holders[found], segment.deleted)
    for name in _HOME_COLUMNS:
        column = segment.columns[name]
        is_same_home &= column[holders[found]] == column[records[found]]
    result = np.zeros(len(records), np.bool_)
    result[found] = is_same_home & (segment.columns["number"][records[found]] != 0)
    return result


@kernel
def _find_nearby(column: Numbers, records: Positions, sent: Numbers, out: Positions) -> None:
    """Write the nearest record, at most `MOST_APART` from each record, that has the number sent; -1 if none."""
    for pair in range(len(out)):
        out[pair] = -1
        for step in range(1, MOST_APART + 1):
            before, after = records[pair] - step, records[pair] + step
            if before >= 0 and column[before] == sent[pair]:
                out[pair] = before
                break
            if after < len(column) and column[after] == sent[pair]:
                out[pair] = after
                break
