"""Read the normalized values of both sides of some pairs, for rules that only few pairs need.

Guarantees: values as the lexicons hold them; nothing is read but the pairs asked for.
Start at `read_pair_values`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.encode_requests import EncodedRequests
from comity.match.index.reader import Index, RecordIds64
from comity.normalize.schema import Lexicon

Values = Mapping[str, tuple[str | None, ...]]
"""The normalized values of one row, by lexicon."""


def read_pair_values(  # noqa: PLR0913, PLR0917  the pairs, and what is read of them
    index: Index,
    requests: EncodedRequests,
    request_index: npt.NDArray[np.int64],
    records: RecordIds64,
    positions: npt.NDArray[np.int64],
    lexicons: Sequence[Lexicon],
) -> Iterator[tuple[int, Values, Values]]:
    """Yield each of the positions with the values of its request and of its record in these lexicons."""
    if not len(positions):
        return
    asked = _read_values(requests.lexicons, requests.codes, request_index[positions], lexicons)
    for segment, chosen, numbers in index.group_by_segment(records[positions]):
        on_record = _read_values(segment.lexicons, segment.columns, numbers, lexicons)
        for i, record in zip(np.arange(len(positions))[chosen].tolist(), on_record, strict=True):
            yield int(positions[i]), asked[i], record


def _read_values(
    tables: Mapping[str, pa.Table],
    codes: Mapping[str, npt.NDArray[Any]],
    rows: npt.NDArray[Any],
    lexicons: Sequence[Lexicon],
) -> list[Values]:
    """Return the normalized values of some rows, by lexicon."""
    columns = []
    for lexicon in lexicons:
        # Few rows of a large lexicon: each distinct value is turned into a tuple once.
        distinct, positions = np.unique(codes[lexicon.name][rows], return_inverse=True)
        table = tables[lexicon.name].select(lexicon.columns).take(pa.array(distinct.astype(np.int64)))
        values = list(zip(*(table[column].to_pylist() for column in lexicon.columns), strict=True))
        columns.append([values[position] for position in positions.tolist()])
    names = [lexicon.name for lexicon in lexicons]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
