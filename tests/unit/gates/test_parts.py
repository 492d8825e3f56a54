"""The small functions that rules share, at the edges where a rule's own cases do not reach."""

from datetime import date

import numpy as np
import pytest

from comity.gates.probing.spellings import edit_distance_one_groups
from comity.gates.rules.d01_final_order_date import parse_date
from comity.gates.rules.m01_matching_agreement import add_months
from comity.gates.text.citations import extract_citations


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 1), 1, date(2026, 1, 1)),
        (date(2025, 11, 30), 1, date(2025, 12, 30)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2025, 4, 7), 18, date(2026, 10, 7)),
        (date(2025, 4, 7), 0, date(2025, 4, 7)),
    ],
)
def test_parts_add_months(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-31", date(2024, 5, 31)), ("5/31/2024", date(2024, 5, 31)), ("05/31/2024", date(2024, 5, 31)),
        ("31/5/2024", None), ("2024-5-31", None), ("2024-05-31 ", None), ("2024-13-01", None), ("5/31/24", None), ("", None),
    ],
)  # fmt: skip
def test_parts_parse_date(text: str, day: date | None) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "citations"),
    [
        ("8 U.S.C. § 1253(a)(1)(A)", ("8 USC 1253(A)(1)(A)",)),
        ("Title 8, United States Code, Section 1253 (a) (1)", ("8 USC 1253(A)(1)",)),
        ("26 USC 1253(a)(1)", ("26 USC 1253(A)(1)",)),
        ("I.N.A. § 243(a)(1)", ("INA 243(A)(1)",)),
        ("IRC sec. 6103(i)(2)", ("IRC 6103(I)(2)",)),
        ("INA 243(a); 8 USC 1253", ("INA 243(A)", "8 USC 1253")),
        ("the Act", ()),
    ],
)
def test_parts_citations(text: str, citations: tuple[str, ...]) -> None:
    assert extract_citations(text) == citations


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("JOHN", "JOHN", True), ("JOHN", "JON", True), ("JOHN", "JOHNN", True), ("JOHN", "BOHN", True), ("JOHN", "JHON", True),
        ("JOHN", "JOHM", True), ("OHN", "JOHN", True), ("", "A", True), ("JOHN", "BOHX", False), ("JOHN", "JO", False),
        ("JON", "JOHNS", False), ("ANA", "EVA", False), ("JOHN", "JNHO", False), ("ABCD", "BADC", False), ("AB", "BA", True),
        ("ABC", "CBA", False), ("JOHN", "JOXYN", False), ("ABX", "CAX", False), ("ABX", "BCX", False), ("AB", "ABCD", False),
        ("ABX", "BAX", True), ("ABX", "BAY", False),
    ],
)  # fmt: skip
def test_parts_one_letter_apart(one: str, other: str, alike: bool) -> None:
    for names in ([one, other], [other, one]):
        assert edit_distance_one_groups(names, np.array([0]), 1).tolist() == [alike, alike]
        assert edit_distance_one_groups(["XYZ", *names], np.array([0, 1, 2]), 1).tolist() == [False] * 3


@pytest.mark.parametrize(
    ("names", "starts", "limit", "found"),
    [
        (["ANA", "ANNA", "ANE", "EVA"], [0], 2, [True, True, True, False]),
        (["ANA", "ANNA", "ANE", "EVA"], [0], 3, [False] * 4),
        (["EVA", "ANA", "ANNA", "ANE"], [0], 2, [False, True, True, True]),
        (["ANA", "ANNA", "ANE"], [0, 1], 2, [False] * 3),  # at another address
        (["LUZ", "ANA", "ANNA", "ANE"], [0, 1], 2, [False, True, True, True]),
        (["ABCD", "ABCE", "ABCEF", "ABCEFG"], [0], 2, [True, True, True, True]),  # of two families, one through the other
        (["ABCD", "ABCE", "ABXX"], [0], 2, [False] * 3),
        (["ÅSA", "ASA", "ÄSA"], [0], 2, [True] * 3),
        (["ÅSE", "ASA", "ÄSA"], [0], 2, [False] * 3),
        (["\ud800A", "A", "B"], [0], 2, [True] * 3),
        (["XBCD", "AXCD", "ABXD", "ABCD"], [0], 3, [True] * 4),  # each near the last alone
        (["ANA", "ANNA", "ANE", "ANI"], [0, 3], 2, [True, True, True, False]),
        (["ANI", "ANA", "ANNA", "ANE"], [0, 1], 2, [False, True, True, True]),
        ([], [0], 2, []),
    ],
)  # fmt: skip
def test_parts_a_family_is_of_one_address(names: list[str], starts: list[int], limit: int, found: list[bool]) -> None:
    assert edit_distance_one_groups(names, np.array(starts), limit).tolist() == found
