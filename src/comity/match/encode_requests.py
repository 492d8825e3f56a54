"""A batch of requests brought to the form that records have: lexicons of its own, and a row of codes for each request.

Guarantees: what is made of a request depends on that request and the index alone.
Does not: look a record up.
Start at `ask`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.comparisons import BASELINE_INITIAL_BITS
from comity.match.index.lexicons import (
    KEY_PARTS,
    LEXICONS,
    LexiconTables,
    TextBuffers,
    hash_key_parts,
    lexicon_table,
    parse_years,
    text_buffers,
)
from comity.match.index.reader import Index
from comity.match.index.term_frequencies import MIN_LOG2_FREQUENCY
from comity.match.index.tins import hash_tins, parse_tins
from comity.match.normalize.encode import EncodedTable, encode_table

Codes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class EncodedRequests:
    """Requests in normal form, in order of address, as records lie, so that a page of the index is read once.

    `rows` are the numbers of the requests, `codes` their values in `tables` by lexicon, `frequencies` how frequent
    their names are by the names of levels.py, `parts` the hashes of the parts of their keys.
    """

    row_numbers: npt.NDArray[np.int32]
    tax_years: npt.NDArray[np.uint64]
    lexicons: LexiconTables
    text_buffers: TextBuffers
    codes: dict[str, Codes]
    suffix_codes: npt.NDArray[np.uint8]
    tin_hashes: Codes
    name_frequencies: dict[str, npt.NDArray[np.float32]]
    key_part_hashes: dict[str, npt.NDArray[np.uint64]]


def encode_requests(index: Index, requests: pa.Table) -> EncodedRequests:
    """The requests, with what the index knows of their names and how its keys would be made of them."""
    coded = encode_table(requests)
    tables = {x.name: lexicon_table(x, coded.values[x.name]) for x in LEXICONS}
    order = _address_sort_order(coded)
    codes = {name: values[order] for name, values in coded.codes.items()}

    def each(lexicon: str, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        made: npt.NDArray[np.float32] = values[codes[lexicon]]
        return made

    known, texts = index.frequencies, text_buffers(tables)
    return EncodedRequests(
        row_numbers=requests.column("row").to_numpy()[order],
        tax_years=parse_years(requests.column("tax_year").combine_chunks())[order].astype(np.uint64),
        lexicons=tables,
        text_buffers=texts,
        codes=codes,
        suffix_codes=coded.suffix[order],
        tin_hashes=_tin_hashes(index, requests)[order],
        name_frequencies={
            "first_frequency": each(
                "given", _log2_frequencies(coded.values["given"], known["first_names"], MIN_LOG2_FREQUENCY)
            ),
            "surname_frequency": each(
                "surname", _log2_frequencies(coded.values["surname"], known["surnames"], MIN_LOG2_FREQUENCY)
            ),
            "middle_frequency": each(
                "middle",
                _log2_frequencies(coded.values["middle"], known["initials"], -BASELINE_INITIAL_BITS, letters=1),
            ),
        },
        key_part_hashes={
            part: hash_key_parts(texts.buffer(KEY_PARTS[part].column), part)[codes[x.name]]
            for x in LEXICONS
            for part in index.key_parts.intersection(x.key_parts)
        },
    )


def _address_sort_order(coded: EncodedTable) -> npt.NDArray[np.int64]:
    """The order of the requests by ZIP code, street and number, then as they came."""
    ranks = [_lexical_ranks(coded.values[name])[coded.codes[name]] for name in ("number", "street", "place")]
    return np.lexsort(ranks)


def _lexical_ranks(values: list[tuple[str | None, ...]]) -> npt.NDArray[np.uint32]:
    """The place of each value's first text in their order."""
    texts = [value[0] or "" for value in values]
    place = {text: i for i, text in enumerate(sorted(set(texts)))}
    return np.array([place[text] for text in texts], np.uint32)


def _tin_hashes(index: Index, requests: pa.Table) -> Codes:
    if "tin" not in requests.column_names:
        return np.zeros(len(requests), np.uint32)
    return hash_tins(index.tin_key, parse_tins(requests.column("tin").combine_chunks()))


def _log2_frequencies(
    values: list[tuple[str | None, ...]], known: Mapping[str, float], unknown: float, letters: int | None = None
) -> npt.NDArray[np.float32]:
    """How frequent the first text of each value is; a name that nobody is known to bear is as rare as the rarest."""
    return np.array([known.get((value[0] or "")[:letters], unknown) for value in values], np.float32)
