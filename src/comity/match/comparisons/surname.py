"""Compare surnames, for the same person and for two members of one household.

If only one of two surnames agrees, the people are probably relatives. The weights of that level are stated: it is too
rare to be learned in a town where few people have two surnames.
"""

from comity.columns.string_distance import jaro_winkler, may_be_similar
from comity.columns.strings import both_equal
from comity.match.comparisons.comparison import Comparison, Level, PairPart, TermFrequency
from comity.match.kernels.name_relations import (
    SURNAME_PLACEHOLDERS,
    EquivalentNames,
    NameView,
    are_equivalent,
    capped_edit_distance,
    is_null_or_placeholder,
    is_partial_surname,
    is_truncated,
    shares_one_of_two_surnames,
)

MIN_SIMILARITY = 0.8
"""The least similarity of any level."""


def similarity(left: NameView, right: NameView) -> float:
    """Return the Jaro-Winkler similarity; 0 where it is too low for any level, and the edit distance too great."""
    has_similar_letters = may_be_similar(left.surname, right.surname, MIN_SIMILARITY)
    return jaro_winkler(left.surname, right.surname) if has_similar_letters else 0.0


def edits(left: NameView, right: NameView, similarity: float) -> int:
    """Return the edit distance up to 2, else 3."""
    return capped_edit_distance(left.surname, right.surname, similarity)


def _is_exact(left: NameView, right: NameView) -> bool:
    return both_equal(left.surname, right.surname)


def _is_reversed(is_reversed: bool) -> bool:
    return is_reversed


def _is_null(left: NameView, right: NameView, is_reversed: bool) -> bool:
    return not is_reversed and is_null_or_placeholder(left.surname, right.surname, SURNAME_PLACEHOLDERS)


def _is_fuzzy_high(left: NameView, right: NameView, similarity: float, edits: int, spellings: EquivalentNames) -> bool:
    return (
        similarity >= 0.92
        or (left.surname.length > 3 and edits == 1)
        or is_truncated(left.surname, right.surname)
        or are_equivalent(left.surname, right.surname, spellings)
    )


def _is_fuzzy_low(left: NameView, similarity: float, edits: int) -> bool:
    return similarity >= MIN_SIMILARITY or (left.surname.length > 5 and edits == 2)


_FULL, _PARTIAL = TermFrequency.FULL, TermFrequency.PARTIAL
SURNAME = Comparison(
    "surname",
    PairPart.NAME,
    (
        Level(
            "EXACT", "exact", _is_exact, m=0.92, u=1.0, family_m=0.75, agrees=True, is_exact=True, term_frequency=_FULL
        ),
        Level("NULL", "missing", _is_null, m=0.02, u=0.02, family_m=0.02, is_null=True),
        Level("REVERSED", "swapped", _is_reversed, m=0.001, family_m=0.0002, agrees=True),
        Level("PARTIAL", "part", is_partial_surname, m=0.015, family_m=0.04, agrees=True, term_frequency=_PARTIAL),
        Level(
            "ONE_OF_TWO", "shared", shares_one_of_two_surnames, m=0.001, weight=-2.0, family_m=0.06, family_weight=4.0
        ),
        Level("FUZZY_HIGH", "near", _is_fuzzy_high, m=0.025, family_m=0.02, agrees=True, term_frequency=_PARTIAL),
        Level("FUZZY_LOW", "similar", _is_fuzzy_low, m=0.01, family_m=0.02, agrees=True, term_frequency=_PARTIAL),
        Level("DIFFERENT", "differs", m=0.009, family_m=0.15),
    ),
    __name__,
    measures=(similarity, edits),
)
