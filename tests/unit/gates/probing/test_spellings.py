"""Names that differ in one letter, at one address."""

import numpy as np
import pytest

from comity.gates.probing.spellings import edit_distance_one_groups


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("JOHN", "JOHN", True),
        ("JOHN", "JON", True),
        ("JOHN", "JOHNN", True),
        ("JOHN", "BOHN", True),
        ("JOHN", "JHON", True),
        ("JOHN", "JOHM", True),
        ("OHN", "JOHN", True),
        ("", "A", True),
        ("JOHN", "BOHX", False),
        ("JOHN", "JO", False),
        ("JON", "JOHNS", False),
        ("ANA", "EVA", False),
        ("JOHN", "JNHO", False),
        ("ABCD", "BADC", False),
        ("AB", "BA", True),
        ("ABC", "CBA", False),
        ("JOHN", "JOXYN", False),
        ("ABX", "CAX", False),
        ("ABX", "BCX", False),
        ("AB", "ABCD", False),
        ("ABX", "BAX", True),
        ("ABX", "BAY", False),
    ],
)
def test_two_names_within_one_edit(left: str, right: str, expected: bool) -> None:
    for names in ([left, right], [right, left]):
        assert edit_distance_one_groups(names, np.array([0]), 1).tolist() == [expected, expected]
        assert edit_distance_one_groups(["XYZ", *names], np.array([0, 1, 2]), 1).tolist() == [False] * 3


@pytest.mark.parametrize(
    ("names", "starts", "limit", "marked"),
    [
        (["ANA", "ANNA", "ANE", "EVA"], [0], 2, [True, True, True, False]),
        (["ANA", "ANNA", "ANE", "EVA"], [0], 3, [False] * 4),
        (["EVA", "ANA", "ANNA", "ANE"], [0], 2, [False, True, True, True]),
        (["ANA", "ANNA", "ANE"], [0, 1], 2, [False] * 3),  # at another address
        (["LUZ", "ANA", "ANNA", "ANE"], [0, 1], 2, [False, True, True, True]),
        (["ABCD", "ABCE", "ABCEF", "ABCEFG"], [0], 2, [True, True, True, True]),  # two groups that share a name
        (["ABCD", "ABCE", "ABXX"], [0], 2, [False] * 3),
        (["ÅSA", "ASA", "ÄSA"], [0], 2, [True] * 3),
        (["ÅSE", "ASA", "ÄSA"], [0], 2, [False] * 3),
        (["\ud800A", "A", "B"], [0], 2, [True] * 3),
        (["XBCD", "AXCD", "ABXD", "ABCD"], [0], 3, [True] * 4),  # each one edit from the last alone
        (["ANA", "ANNA", "ANE", "ANI"], [0, 3], 2, [True, True, True, False]),
        (["ANI", "ANA", "ANNA", "ANE"], [0, 1], 2, [False, True, True, True]),
        ([], [0], 2, []),
    ],
)
def test_groups_are_of_one_address(names: list[str], starts: list[int], limit: int, marked: list[bool]) -> None:
    assert edit_distance_one_groups(names, np.array(starts), limit).tolist() == marked
