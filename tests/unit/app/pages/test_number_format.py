"""Probabilities are never shown as certain."""

import pytest

from comity.app.pages.number_format import format_p_value, format_percentage, format_probability


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "< 0.0001"),
        (0.00004999, "< 0.0001"),
        (0.00005001, "0.0001"),
        (0.5, "0.5000"),
        (0.99994, "0.9999"),
        (0.99995, "> 0.9999"),
        (1.0, "> 0.9999"),
    ],
)
def test_format_probability__never_says_0_or_1(probability: float, text: str) -> None:
    assert format_probability(probability) == text


def test_format_percentage__never_says_0_or_100() -> None:
    assert [format_percentage(share) for share in (0.0, 1e-9, 0.25, 0.9999999, 1.0)] == [
        "< 0.001 %",
        "< 0.001 %",
        "25.000 %",
        "> 99.999 %",
        "> 99.999 %",
    ]


def test_format_p_value__gives_few_digits() -> None:
    assert [format_p_value(p) for p in (0.0001, 0.0234, 0.5)] == ["p < 0.001", "p = 0.023", "p = 0.50"]
