"""What normalizer, index and matcher agree on: which columns are encoded together, and what their codes mean.

A normalized row is stored as one small code per lexicon (a dictionary of values that belong together, such as a street
with its direction and suffix) plus one code for the generational suffix.

Guarantees: code 0 of a lexicon always stands for its null value; the order of these tuples is on disk, so a change
needs a new index format (`index/format.py`).
Start at `LEXICONS`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Columns of a normalized row that are encoded together, and the names of the key parts derived from them.

    The segment's `rank` column numbers the first `ranked` of the `columns`: equal values have equal ranks.
    """

    name: str
    columns: tuple[str, ...]
    key_parts: tuple[str, ...] = ()
    ranked: int = 1


LEXICONS = (
    Lexicon("given", ("first", "given"), ("first", "first4")),
    Lexicon("middle", ("middle",)),
    Lexicon("surname", ("surname", "surname_part_1", "surname_part_2"), ("surname",)),
    Lexicon("number", ("number", "house_letter"), ("number",), ranked=2),
    Lexicon("street", ("street", "direction", "street_suffix"), ("street", "street_named", "street4", "street6")),
    Lexicon("unit", ("unit", "building", "floor", "side", "urbanization"), ("building",)),
    Lexicon("place", ("zip", "city", "state"), ("zip", "zip3", "city", "state", "city4", "zip_digits")),
)
NAME_LEXICONS = tuple(lexicon for lexicon in LEXICONS if lexicon.name in {"given", "middle", "surname"})
"""The lexicons of names."""
DICTIONARY_COLUMNS = tuple(lexicon.name for lexicon in LEXICONS)
"""The columns of codes, one per lexicon."""
SIDE_TEXT_COLUMNS = tuple(column for lexicon in LEXICONS for column in lexicon.columns)
"""The text columns of all lexicons, in the order in which `PairSide` hands them to the kernels."""
NULL_VALUES = {
    lexicon.name: tuple("" if column == "direction" else None for column in lexicon.columns) for lexicon in LEXICONS
}
"""The value of code 0. A direction is never null: it is the empty string where there is none."""
GENERATIONAL_SUFFIXES = (None, "JR", "SR", "II", "III", "IV", "V")
"""Generational suffixes by code."""

BASELINE_INITIAL_BITS = 4.0
"""Minus log2 of the frequency of an initial that is neither rare nor common."""
MIN_ZIP_POPULATION_BITS = 12.0
"""Log2 of the smallest population that a ZIP code is credited with (4,096): strangers are drawn from its people."""
