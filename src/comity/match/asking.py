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

from comity.match.index.frequencies import RAREST
from comity.match.index.lexicons import LEXICONS, PARTS, Tables, Written, part_hashes, table_of, written, year_numbers
from comity.match.index.opening import Index
from comity.match.index.tins import tin_hashes, tin_numbers
from comity.match.levels import TYPICAL_INITIAL
from comity.match.normal.coding import Coded, code_rows

Codes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests in normal form, in order of address, as records lie, so that a page of the index is read once.

    `rows` are the numbers of the requests, `codes` their values in `tables` by lexicon, `frequencies` how frequent
    their names are by the names of levels.py, `parts` the hashes of the parts of their keys.
    """

    rows: npt.NDArray[np.int32]
    years: npt.NDArray[np.uint64]
    tables: Tables
    written: Written
    codes: dict[str, Codes]
    suffix: npt.NDArray[np.uint8]
    tin: Codes
    frequencies: dict[str, npt.NDArray[np.float32]]
    parts: dict[str, npt.NDArray[np.uint64]]


def ask(index: Index, requests: pa.Table) -> Asked:
    """The requests, with what the index knows of their names and how its keys would be made of them."""
    coded = code_rows(requests)
    tables = {x.name: table_of(x, coded.values[x.name]) for x in LEXICONS}
    order = _by_address(coded)
    codes = {name: values[order] for name, values in coded.codes.items()}

    def each(lexicon: str, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        made: npt.NDArray[np.float32] = values[codes[lexicon]]
        return made

    known, texts = index.frequencies, written(tables)
    return Asked(
        rows=requests.column("row").to_numpy()[order],
        years=year_numbers(requests.column("tax_year").combine_chunks())[order].astype(np.uint64),
        tables=tables,
        written=texts,
        codes=codes,
        suffix=coded.suffix[order],
        tin=_tins(index, requests)[order],
        frequencies={
            "first_frequency": each("given", _frequencies(coded.values["given"], known["first_names"], RAREST)),
            "surname_frequency": each("surname", _frequencies(coded.values["surname"], known["surnames"], RAREST)),
            "middle_frequency": each(
                "middle", _frequencies(coded.values["middle"], known["initials"], -TYPICAL_INITIAL, letters=1)
            ),
        },
        parts={
            part: part_hashes(texts.column(PARTS[part].column), part)[codes[x.name]]
            for x in LEXICONS
            for part in index.parts.intersection(x.parts)
        },
    )


def _by_address(coded: Coded) -> npt.NDArray[np.int64]:
    """The order of the requests by ZIP code, street and number, then as they came."""
    ranks = [_ranks(coded.values[name])[coded.codes[name]] for name in ("number", "street", "place")]
    return np.lexsort(ranks)


def _ranks(values: list[tuple[str | None, ...]]) -> npt.NDArray[np.uint32]:
    """The place of each value's first text in their order."""
    texts = [value[0] or "" for value in values]
    place = {text: i for i, text in enumerate(sorted(set(texts)))}
    return np.array([place[text] for text in texts], np.uint32)


def _tins(index: Index, requests: pa.Table) -> Codes:
    if "tin" not in requests.column_names:
        return np.zeros(len(requests), np.uint32)
    return tin_hashes(index.tin_key, tin_numbers(requests.column("tin").combine_chunks()))


def _frequencies(
    values: list[tuple[str | None, ...]], known: Mapping[str, float], unknown: float, letters: int | None = None
) -> npt.NDArray[np.float32]:
    """How frequent the first text of each value is; a name that nobody is known to bear is as rare as the rarest."""
    return np.array([known.get((value[0] or "")[:letters], unknown) for value in values], np.float32)
