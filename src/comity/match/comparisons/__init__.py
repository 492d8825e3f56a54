"""Comparisons: how well each part of a request and of a record agree, as ordered comparison levels. One file each.

To add a level, add a row to the table in its file, and a test; then fit `match/model.json` again
(`tools/train_model.py`), because a model needs a weight for every level. To add a comparison, add a file, and a line to
`COMPARISONS`.

Guarantees: every pair reaches exactly one level of each comparison; a missing value is a level of its own.
Does not: state what a level is worth once a model is fitted (`match/model.json` does).
Basis: Fellegi and Sunter 1969. House number and street are weighed jointly, so that a shared address counts once.
Start at `COMPARISONS`; `comparison.py` says what a table states, and `pair_levels.py` compares pairs.
"""

from functools import cache

from comity.match.comparisons.comparison import Comparison, Level, PairPart, TermFrequency
from comity.match.comparisons.given_name import GIVEN_NAME
from comity.match.comparisons.house_number import HOUSE_NUMBER
from comity.match.comparisons.middle_name import MIDDLE_NAME
from comity.match.comparisons.name_suffix import NAME_SUFFIX
from comity.match.comparisons.place import PLACE
from comity.match.comparisons.street import STREET
from comity.match.comparisons.surname import SURNAME
from comity.match.comparisons.tin import TIN
from comity.match.comparisons.unit import UNIT

__all__ = [
    "COMPARISONS",
    "GIVEN_NAME",
    "HOUSE_NUMBER",
    "JOINT_COMPARISONS",
    "MIDDLE_NAME",
    "NAME_SUFFIX",
    "PLACE",
    "STREET",
    "SURNAME",
    "TIN",
    "UNIT",
    "Comparison",
    "Level",
    "PairPart",
    "TermFrequency",
    "level_labels",
]

COMPARISONS: dict[str, Comparison] = {
    comparison.name: comparison
    for comparison in (HOUSE_NUMBER, STREET, UNIT, PLACE, SURNAME, GIVEN_NAME, MIDDLE_NAME, NAME_SUFFIX, TIN)
}
JOINT_COMPARISONS: dict[str, tuple[str, str]] = {"address": ("number", "street"), "person": ("given", "middle")}
"""Comparisons that are weighed jointly: the level is `first/second`, and its code is in the column `<name>_level`."""


@cache
def level_labels(comparison: str) -> tuple[str, ...]:
    """Return the labels of the levels of a comparison, simple or joint, in the order of their codes (from 1)."""
    if comparison in JOINT_COMPARISONS:
        first, second = (level_labels(name) for name in JOINT_COMPARISONS[comparison])
        return tuple(f"{a}/{b}" for a in first for b in second)
    return COMPARISONS[comparison].labels
