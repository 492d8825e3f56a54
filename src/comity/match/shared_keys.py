"""Say of the pairs that a look-up found whether they share a blocking key: a look-up compares cut keys only.

Guarantees: a pair is kept if, and only if, request and record have one tax year and agree on all parts of a rule that
is followed for the request: not hot, and for a fallback rule the key that it replaces is hot.
Basis: promise 1; ADR 0048.
Start at `mark_shared_pairs`.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Bools
from comity.match.encode_requests import EncodedRequests
from comity.match.index.blocking_rules import KEY_PARTS, BlockingRule, select_rules
from comity.match.index.segment import RecordColumns, SegmentReader
from comity.match.kernels.key_agreement import KeyForms, PartColumns, find_addresses, mark_shared_keys

_NO_COLUMN = np.empty(0, np.uint64)


def mark_shared_pairs(
    segment: SegmentReader,
    requests: EncodedRequests,
    request_index: npt.NDArray[np.int64],
    records: RecordColumns,
    followed: npt.NDArray[np.uint32],
) -> Bools:
    """Mark the pairs that share a blocking key.

    Args:
        segment: where the records are.
        requests: the requests.
        request_index: each pair's request.
        records: each pair's record.
        followed: the rules followed for each request (`SegmentReader.candidate_pairs`).
    """
    requested = [requests.key_part_hashes.get(part, _NO_COLUMN) for part in KEY_PARTS]
    stored = [segment.key_parts[part] for part in KEY_PARTS]
    columns = PartColumns(
        find_addresses(requested),
        find_addresses([hashes for _, hashes in stored]),
        find_addresses([records.codes[lexicon] for lexicon, _ in stored]),
    )
    is_shared = np.empty(len(request_index), np.bool_)
    forms = _key_forms(select_rules(segment.rows))
    mark_shared_keys(request_index, requests.tax_years, records.tax_year, followed, forms, columns, is_shared)
    return is_shared


@cache
def _key_forms(rules: tuple[BlockingRule, ...]) -> KeyForms:
    """Return the ways in which a request's key and a record's can be one: by one rule, or by two of one key space."""
    order = {part: i for i, part in enumerate(KEY_PARTS)}
    forms = [
        (number, rule.key_parts, other.key_parts)
        for number, rule in enumerate(rules)
        for other in rules
        if rule.postings_name == other.postings_name and len(rule.key_parts) == len(other.key_parts)
    ]
    forms.sort(key=lambda form: len(form[1]))  # short keys are shared most, and one is enough
    return KeyForms(
        np.array([number for number, _, _ in forms], np.int64),
        np.cumsum([0, *(len(requested) for _, requested, _ in forms)], dtype=np.int64),
        np.array([order[part] for _, requested, _ in forms for part in requested], np.int64),
        np.array([order[part] for _, _, stored in forms for part in stored], np.int64),
    )
