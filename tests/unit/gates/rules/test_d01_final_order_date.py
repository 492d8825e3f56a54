"""Dates as rows write them."""

from datetime import date

import pytest

from comity.gates.rules.d01_final_order_date import parse_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-31", date(2024, 5, 31)),
        ("5/31/2024", date(2024, 5, 31)),
        ("05/31/2024", date(2024, 5, 31)),
        ("31/5/2024", None),
        ("2024-5-31", None),
        ("2024-05-31 ", None),
        ("2024-13-01", None),
        ("5/31/24", None),
        ("", None),
    ],
)
def test_parse_date(text: str, day: date | None) -> None:
    assert parse_date(text) == day
