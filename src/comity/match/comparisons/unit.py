"""Compare apartments and other units, part by part: unit, building, floor, side, urbanization, and a house's letter.

A unit missing on one side agrees: people leave it out. A part of it missing does not: every floor can have an
apartment 2.
"""

from comity.match.comparisons.comparison import Comparison, Level, PairPart
from comity.match.kernels.address_view import UnitView
from comity.match.kernels.unit_relations import (
    UNIT_EQUAL,
    UNIT_MISSING,
    UNIT_NONE,
    UNIT_PARTLY_MISSING,
    is_unit_typo,
    unit_relation,
)


def relation(left: UnitView, right: UnitView) -> int:
    """Return how the parts of the units relate, as `unit_relation` says."""
    return unit_relation(left, right)


def _is_both_null(relation: int) -> bool:
    return relation == UNIT_NONE


def _is_exact(relation: int) -> bool:
    return relation == UNIT_EQUAL


def _is_null(relation: int) -> bool:
    return relation == UNIT_MISSING


def _is_typo(left: UnitView, right: UnitView, relation: int) -> bool:
    return relation == UNIT_PARTLY_MISSING or is_unit_typo(left, right)


UNIT = Comparison(
    "unit",
    PairPart.UNIT,
    (
        Level("BOTH_NULL", "none", _is_both_null, m=0.85, agrees=True, is_null=True),
        Level("EXACT", "exact", _is_exact, m=0.1, agrees=True, is_exact=True),
        Level("NULL", "missing", _is_null, m=0.03, agrees=True, is_null=True),
        Level("TYPO", "near", _is_typo, m=0.015),
        Level("DIFFERENT", "differs", m=0.005),
    ),
    __name__,
    measures=(relation,),
    lexicons=("number", "unit"),
)
