"""Shorten the most common words of street lines, so that ways of writing one address become equal.

Guarantees: "500 TWELFTH STREET SOUTHWEST" and "500 12TH ST SW" give the same result; nothing
raises.
Does not: correct spelling; matching has its own, fuller parser. Takes folded text (`comity.columns.fold`).
Basis: USPS Publication 28, appendices B, C1 and C2.
Start at `normalize_line`.
"""

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
"""Words -> how a normalized line writes them; '' drops a word."""


def normalize_line(folded: str) -> str:
    """Shorten the most common words of a folded line, and drop the words that introduce a unit.

    >>> normalize_line("500 TWELFTH STREET SOUTHWEST")
    '500 12TH ST SW'
    """
    words = (_ABBREVIATIONS.get(word, word) for word in folded.replace("#", " ").split())
    return " ".join(word for word in words if word)
