"""The patterns of address lines are each of one rule."""

from comity.gates.text.screening_patterns import LinePattern


def test_no_two_line_patterns_are_equal() -> None:
    """An enumeration makes members of equal values one member, and one of the two rules would go unnamed."""
    assert len(LinePattern.__members__) == len(LinePattern)
