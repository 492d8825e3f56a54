"""How the parts of two units relate: unit, building, floor, side, urbanization, and the letter of a house.

Guarantees: every relation is symmetric; parts are never run together.
Basis: tests/cases/address_kinds/units.yaml.
Start at `unit_relation`.
"""

from comity.columns.kernel import kernel
from comity.columns.string_distance import damerau_levenshtein
from comity.columns.strings import StringView, both_differ, first_digit_run, prefix
from comity.match.kernels.address_view import UnitView

UNIT_NONE, UNIT_EQUAL, UNIT_MISSING, UNIT_PARTLY_MISSING, UNIT_DIFFERS = range(5)
"""Relations of two units: neither side has one; all parts are equal; one side has none; one side lacks a part; a part
differs."""


@kernel
def unit_relation(left: UnitView, right: UnitView) -> int:
    """Compare two units part by part: the letter of a house is its unit where the other side has it as one.

    Returns:
        The level, as one of the constants of `unit_relations`.
    """
    if left.is_empty and right.is_empty:
        return UNIT_NONE
    left_letter, right_letter = left.house_letter, right.house_letter
    left_unit, right_unit = left.unit, right.unit
    if left_letter.length > 0 and right_letter.length == 0 and left_unit.length == 0 and right_unit.length > 0:
        left_letter, left_unit = left_unit, left_letter
    elif right_letter.length > 0 and left_letter.length == 0 and right_unit.length == 0 and left_unit.length > 0:
        right_letter, right_unit = right_unit, right_letter
    if (
        both_differ(left_unit, right_unit)
        or both_differ(left_letter, right_letter)
        or both_differ(left.building, right.building)
        or both_differ(left.floor, right.floor)
        or both_differ(left.side, right.side)
        or both_differ(left.urbanization, right.urbanization)
    ):
        return UNIT_DIFFERS
    left_building, right_building = _building_number(left.building), _building_number(right.building)
    left_size = left_unit.length + left_building.length + left.floor.length + left.side.length
    right_size = right_unit.length + right_building.length + right.floor.length + right.side.length
    if (
        left_unit.length != right_unit.length
        or left_building.length != right_building.length
        or left.floor.length != right.floor.length
        or left.side.length != right.side.length
    ):
        return UNIT_MISSING if left_size == 0 or right_size == 0 else UNIT_PARTLY_MISSING
    left_rest = left_letter.length + left.urbanization.length + left.building.length
    right_rest = right_letter.length + right.urbanization.length + right.building.length
    if left_rest != right_rest:
        return UNIT_MISSING
    return UNIT_NONE if left_size + left_rest == 0 else UNIT_EQUAL


@kernel
def _building_number(a: StringView) -> StringView:
    """Return the number or letter of a building; null for its name, which is left out like an urbanization's."""
    return a if a.length <= 2 or first_digit_run(a).length > 0 else prefix(a, 0)


@kernel
def is_unit_typo(left: UnitView, right: UnitView) -> bool:
    """Return whether two long units are one edit apart."""
    return left.unit.length > 4 and damerau_levenshtein(left.unit, right.unit, 1) == 1
