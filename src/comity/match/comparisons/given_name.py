"""Compare given names: the first one, or all of them joined.

With `middle`, this is the joint comparison `person`. The given names of relatives are those of the population, so
nothing is stated for two members of one household.
"""

from comity.columns.string_distance import jaro_winkler, may_be_similar
from comity.columns.strings import both_equal, prefixes_equal
from comity.match.comparisons.comparison import Comparison, Level, PairPart, TermFrequency
from comity.match.kernels.name_relations import (
    GIVEN_PLACEHOLDERS,
    EquivalentNames,
    NameView,
    are_equivalent,
    capped_edit_distance,
    has_dropped_devotional_prefix,
    is_different_initial,
    is_gender_variant,
    is_initial,
    is_null_or_placeholder,
    shares_devotional_prefix_only,
    uses_middle_as_first,
)

MIN_SIMILARITY = 0.65
"""The least similarity of any level."""


def is_listed_nickname(left: NameView, right: NameView, nicknames: EquivalentNames) -> bool:
    """Return whether the names are a name and its nickname, or two nicknames of one name."""
    return left.first.length > 0 and right.first.length > 0 and are_equivalent(left.first, right.first, nicknames)


def has_similar_letters(left: NameView, right: NameView) -> bool:
    """Return whether the names have enough letters in common for the levels of similar names."""
    return may_be_similar(left.first, right.first, MIN_SIMILARITY)


def similarity(left: NameView, right: NameView, has_similar_letters: bool) -> float:
    """Return the Jaro-Winkler similarity; 0 where it is too low for any level, and the edit distance too great."""
    return jaro_winkler(left.first, right.first) if has_similar_letters else 0.0


def shares_prefix_only(left: NameView, right: NameView) -> bool:
    """Return whether the names are similar only because both start with one devotional prefix."""
    return prefixes_equal(left.first, right.first, 3) and shares_devotional_prefix_only(left.first, right.first)


def edits(left: NameView, right: NameView, similarity: float, shares_prefix_only: bool) -> int:
    """Return the edit distance up to 2, else 3; also 3 if the names share only a devotional prefix."""
    return 3 if shares_prefix_only else capped_edit_distance(left.first, right.first, similarity)


def _is_exact(left: NameView, right: NameView) -> bool:
    return both_equal(left.first, right.first) or both_equal(left.given, right.given)


def _is_reversed(is_reversed: bool) -> bool:
    return is_reversed


def _is_gender_variant(left: NameView, right: NameView, has_similar_letters: bool) -> bool:
    return has_similar_letters and is_gender_variant(left.first, right.first)


def _is_different_initial(left: NameView, right: NameView) -> bool:
    return is_different_initial(left.first, right.first)


def _is_null(left: NameView, right: NameView, is_reversed: bool, is_listed_nickname: bool) -> bool:
    return (
        not is_reversed
        and not is_listed_nickname
        and is_null_or_placeholder(left.first, right.first, GIVEN_PLACEHOLDERS)
    )


def _is_nickname(left: NameView, right: NameView, is_listed_nickname: bool) -> bool:
    return is_listed_nickname or has_dropped_devotional_prefix(left.first, right.first)


def _is_fuzzy_high(left: NameView, similarity: float, shares_prefix_only: bool, edits: int) -> bool:
    return not shares_prefix_only and (similarity >= 0.92 or (left.first.length > 3 and edits == 1))


def _is_fuzzy_low(left: NameView, similarity: float, shares_prefix_only: bool, edits: int) -> bool:
    return not shares_prefix_only and (similarity >= 0.8 or edits == 1 or (left.first.length > 4 and edits == 2))


def _is_fuzzy_very_low(left: NameView, right: NameView, similarity: float) -> bool:
    return left.first.length > 1 and right.first.length > 1 and similarity >= MIN_SIMILARITY


_FULL, _PARTIAL = TermFrequency.FULL, TermFrequency.PARTIAL
GIVEN_NAME = Comparison(
    "given",
    PairPart.NAME,
    (
        Level("EXACT", "exact", _is_exact, m=0.91, u=1.0, agrees=True, is_exact=True, term_frequency=_FULL),
        Level("NULL", "missing", _is_null, m=0.02, u=0.02, is_null=True),
        Level("REVERSED", "swapped", _is_reversed, m=0.001, agrees=True),
        Level("INITIAL", "initial", is_initial, m=0.005, agrees=True),
        Level("NICKNAME", "nickname", _is_nickname, m=0.016, agrees=True, term_frequency=_PARTIAL),
        Level("MIDDLE_AS_FIRST", "middle", uses_middle_as_first, m=0.002, u=1e-4, agrees=True),
        Level("GENDER_VARIANT", "gendered", _is_gender_variant, m=0.001, weight_as="FUZZY_VERY_LOW"),
        Level("FUZZY_HIGH", "near", _is_fuzzy_high, m=0.014, agrees=True, term_frequency=_PARTIAL),
        Level("FUZZY_LOW", "similar", _is_fuzzy_low, m=0.006, agrees=True, term_frequency=_PARTIAL),
        Level("DIFFERENT_INITIAL", "other_initial", _is_different_initial, m=0.003),
        Level("FUZZY_VERY_LOW", "distant", _is_fuzzy_very_low, m=0.006, term_frequency=_PARTIAL),
        Level("DIFFERENT", "differs", m=0.017, term_frequency=_PARTIAL),
    ),
    __name__,
    measures=(is_listed_nickname, has_similar_letters, similarity, shares_prefix_only, edits),
)
