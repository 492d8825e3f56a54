"""Street lines with the commonest words abbreviated, so that ways of writing one address come together.

Guarantees: "500 TWELFTH STREET SOUTHWEST" and "500 12TH ST SW" come out the same, a line or a column at a time; nothing
raises.
Does not: correct spelling; matching has its own, fuller parser. Takes folded text (`folding`).
Basis: USPS Publication 28, appendices B, C1 and C2.
Start at `normal_line`; `normal_lines` is the same for a column.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.buffers import data_and_offsets
from comity.columns.byte_kernels import intern_tokens, tokenize

_ABBREVIATIONS = {
    "STREET": "ST", "STR": "ST", "AVENUE": "AVE", "AV": "AVE", "ROAD": "RD", "DRIVE": "DR", "LANE": "LN", "COURT": "CT",
    "BOULEVARD": "BLVD", "PLACE": "PL", "TERRACE": "TER", "CIRCLE": "CIR", "PARKWAY": "PKWY", "HIGHWAY": "HWY",
    "SQUARE": "SQ", "TRAIL": "TRL", "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "NORTHEAST": "NE",
    "NORTHWEST": "NW", "SOUTHEAST": "SE", "SOUTHWEST": "SW", "APARTMENT": "", "APT": "", "UNIT": "", "SUITE": "",
    "STE": "", "ROOM": "", "RM": "", "NO": "", "TWELFTH": "12TH", "FIRST": "1ST", "SECOND": "2ND", "THIRD": "3RD",
    "FOURTH": "4TH", "FIFTH": "5TH", "SIXTH": "6TH", "SEVENTH": "7TH", "EIGHTH": "8TH", "NINTH": "9TH", "TENTH": "10TH",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TokenizedLines:
    """A column of lines as words: line i is the words `codes[offsets[i]:offsets[i + 1]]`.

    `words` are those of `normal_line`, '' for a word that it leaves out; `street_words` leave out mere digits too, and
    are what is left of an address when somebody walks from house to house.
    """

    words: list[str]
    street_words: list[str]
    codes: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int32]


def normalize_line(folded: str) -> str:
    """One folded line with the commonest words abbreviated and the words for a unit left out.

    >>> normal_line("500 TWELFTH STREET SOUTHWEST")
    '500 12TH ST SW'
    """
    words = (_ABBREVIATIONS.get(word, word) for word in folded.replace("#", " ").split())
    return " ".join(word for word in words if word)


def tokenize_lines(folded: pa.Array) -> TokenizedLines:
    """A column of folded lines."""
    data, offsets = data_and_offsets(folded)
    begins, stops, ends = tokenize(data, offsets)
    codes, firsts = intern_tokens(data, begins, stops)
    written = data.tobytes()
    spans = zip(begins[firsts].tolist(), stops[firsts].tolist(), strict=True)
    words = [_ABBREVIATIONS.get(word, word) for word in (written[begin:stop].decode() for begin, stop in spans)]
    return TokenizedLines(words, ["" if word.isdigit() else word for word in words], codes, ends)
