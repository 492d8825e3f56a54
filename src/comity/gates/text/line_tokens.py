"""Shorten the most common words of street lines, so that ways of writing one address become equal.

Guarantees: "500 TWELFTH STREET SOUTHWEST" and "500 12TH ST SW" give the same result, a line or a column at a time;
nothing raises.
Does not: correct spelling; matching has its own, fuller parser. Takes folded text (`comity.columns.fold`).
Basis: USPS Publication 28, appendices B, C1 and C2.
Start at `normalize_line`; `tokenize_lines` does the same for a column.
"""

from dataclasses import dataclass

import pyarrow as pa

from comity.columns.buffers import Codes, Offsets, data_and_offsets
from comity.columns.tokens import intern_tokens, tokenize
from comity.reference.address_vocabulary import select_words, standard_forms

_ORDINAL_ENDINGS = {"1": "ST", "2": "ND", "3": "RD"}
_ABBREVIATIONS = {
    **standard_forms("suffix", "token"),
    **standard_forms("directional", "token"),
    **dict.fromkeys(select_words("unit", "token"), ""),
    **{
        word: number + _ORDINAL_ENDINGS.get(number, "TH") for word, number in standard_forms("ordinal", "token").items()
    },
}
"""Words -> how digests of lines write them; '' drops a word. Digests on file depend on exactly these."""


@dataclass(frozen=True, slots=True)
class TokenizedLines:
    """A column of lines as codes of words: line i has the codes `codes[offsets[i]:offsets[i + 1]]`.

    `words[code]` is the word as `normalize_line` writes it, '' if it drops it. `street_words` drop numbers too: they
    are what a prober who walks from house to house leaves unchanged.
    """

    words: list[str]
    street_words: list[str]
    codes: Codes
    offsets: Offsets


def normalize_line(folded: str) -> str:
    """Shorten the most common words of a folded line, and drop the words that introduce a unit.

    >>> normalize_line("500 TWELFTH STREET SOUTHWEST")
    '500 12TH ST SW'
    """
    words = (_ABBREVIATIONS.get(word, word) for word in folded.replace("#", " ").split())
    return " ".join(word for word in words if word)


def tokenize_lines(folded: pa.Array) -> TokenizedLines:
    """Split a column of folded lines into words and normalize each distinct word once."""
    data, offsets = data_and_offsets(folded)
    begins, stops, ends = tokenize(data, offsets)
    codes, firsts = intern_tokens(data, begins, stops)
    written = data.tobytes()
    spans = zip(begins[firsts].tolist(), stops[firsts].tolist(), strict=True)
    words = [_ABBREVIATIONS.get(word, word) for word in (written[begin:stop].decode() for begin, stop in spans)]
    return TokenizedLines(words, ["" if word.isdigit() else word for word in words], codes, ends)
