"""Encode a batch of requests the way records are encoded: with lexicons of its own, and one row of codes per request.

Guarantees: the encoding of a request depends on that request and the index alone.
Does not: look up a record.
Start at `encode_requests`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.buffers import Bools
from comity.columns.intern import Codes
from comity.match.index.blocking_rules import KEY_PARTS
from comity.match.index.lexicons import (
    LexiconTables,
    TextBuffers,
    hash_key_parts,
    lexicon_table,
    text_buffers,
)
from comity.match.index.reader import Index
from comity.match.index.term_frequencies import MIN_LOG2_FREQUENCY
from comity.match.index.tins import hash_tins
from comity.normalize.encode import EncodedTable, encode_table
from comity.normalize.numbers import parse_tins, parse_years
from comity.normalize.schema import BASELINE_INITIAL_BITS, LEXICONS

_MAX_INITIALS = 2


@dataclass(frozen=True, slots=True)
class EncodedRequests:
    """Encoded requests, sorted by address as records are, so that each page of the index is read once.

    Attributes:
        row_numbers: the `row` of each request.
        tax_years: the tax year of each request.
        lexicons: the distinct values, by lexicon.
        text_buffers: where the text of those values is in memory.
        codes: the position of each request's value in its lexicon, by lexicon.
        suffix_codes: the code of each generational suffix, 0 for none.
        tins: each taxpayer number, 0 for none.
        tin_hashes: the hash of each taxpayer number, 0 for none.
        has_initial: whether each given name is an initial or two.
        has_second_name: whether each given name has more words than the first.
        has_house_letter: whether each house number has a letter or a fraction.
        name_frequencies: log2 of the share of people with each name, by column (`NAME_FREQUENCY_COLUMNS`).
        key_part_hashes: the hashes that blocking keys are made from, by key part; 0 for a missing part.
    """

    row_numbers: npt.NDArray[np.int32]
    tax_years: npt.NDArray[np.uint64]
    lexicons: LexiconTables
    text_buffers: TextBuffers
    codes: dict[str, Codes]
    suffix_codes: npt.NDArray[np.uint8]
    tins: npt.NDArray[np.uint32]
    tin_hashes: Codes
    has_initial: Bools
    has_second_name: Bools
    has_house_letter: Bools
    name_frequencies: dict[str, npt.NDArray[np.float32]]
    key_part_hashes: dict[str, npt.NDArray[np.uint64]]


def encode_requests(index: Index, requests: pa.Table, normalized: EncodedTable | None = None) -> EncodedRequests:
    """Encode requests with name frequencies from the index and the hashes of its key parts.

    `normalized` are the same rows as `encode_table` normalizes them, where that is done already.
    """
    encoded = encode_table(requests) if normalized is None else normalized
    lexicons = {lexicon.name: lexicon_table(lexicon, encoded.values[lexicon.name]) for lexicon in LEXICONS}
    buffers = text_buffers(lexicons)
    order, given = _address_sort_order(encoded), encoded.values["given"]
    tins = _parse_tins(requests)[order]
    codes = {name: column[order] for name, column in encoded.codes.items()}
    frequencies = {
        "first_frequency": (
            "given",
            _log2_frequencies(encoded.values["given"], index.frequencies["first_names"], MIN_LOG2_FREQUENCY),
        ),
        "surname_frequency": (
            "surname",
            _log2_frequencies(encoded.values["surname"], index.frequencies["surnames"], MIN_LOG2_FREQUENCY),
        ),
        "middle_frequency": (
            "middle",
            _log2_frequencies(
                encoded.values["middle"], index.frequencies["initials"], -BASELINE_INITIAL_BITS, letters=1
            ),
        ),
    }
    return EncodedRequests(
        row_numbers=requests.column("row").to_numpy()[order],
        tax_years=parse_years(requests.column("tax_year").combine_chunks())[order].astype(np.uint64),
        lexicons=lexicons,
        text_buffers=buffers,
        codes=codes,
        suffix_codes=encoded.suffix[order],
        tins=tins,
        tin_hashes=hash_tins(index.tin_key, tins),
        has_initial=np.fromiter((_is_initial(*value) for value in given), np.bool_)[codes["given"]],
        has_second_name=np.fromiter((first != whole for first, whole in given), np.bool_)[codes["given"]],
        has_house_letter=np.fromiter((letter is not None for _, letter in encoded.values["number"]), np.bool_)[
            codes["number"]
        ],
        name_frequencies={column: values[codes[name]] for column, (name, values) in frequencies.items()},
        key_part_hashes={
            part: hash_key_parts(buffers.buffer(KEY_PARTS[part].column), part)[codes[lexicon.name]]
            for lexicon in LEXICONS
            for part in index.key_parts.intersection(lexicon.key_parts)
        },
    )


def _is_initial(first: str | None, given: str | None) -> bool:
    """Return whether a given name is an initial or two."""
    return first is not None and given is not None and len(first) == 1 and len(given) <= _MAX_INITIALS


def _address_sort_order(encoded: EncodedTable) -> npt.NDArray[np.int64]:
    """Return the order of the requests by ZIP code, street and house number, then by their position."""
    ranks = [_lexical_ranks(encoded.values[name])[encoded.codes[name]] for name in ("number", "street", "place")]
    return np.lexsort(ranks)


def _lexical_ranks(values: list[tuple[str | None, ...]]) -> npt.NDArray[np.uint32]:
    """Return the rank of each value by its first string."""
    strings = [value[0] or "" for value in values]
    ranks = {string: rank for rank, string in enumerate(sorted(set(strings)))}
    return np.array([ranks[string] for string in strings], np.uint32)


def _parse_tins(requests: pa.Table) -> npt.NDArray[np.uint32]:
    if "tin" not in requests.column_names:
        return np.zeros(len(requests), np.uint32)
    return parse_tins(requests.column("tin").combine_chunks())


def _log2_frequencies(
    values: list[tuple[str | None, ...]], frequencies: Mapping[str, float], default: float, letters: int | None = None
) -> npt.NDArray[np.float32]:
    """Return the frequency of the first string of each value, or of its first letters; `default` for unknown ones."""
    return np.array([frequencies.get((value[0] or "")[:letters], default) for value in values], np.float32)
