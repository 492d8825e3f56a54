"""The name parser, on names that are easy to parse wrong."""

import pytest

from comity.normalize.name_parser import parse_given_name, parse_middle_name, parse_name, parse_surname


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JOHN & MARY", ("JOHN", "JOHN", None, None)),
        ("ABDUL AL KARIM", ("ABDULALKARIM", "ABDULALKARIM", None, None)),
        ("THI HOA", ("HOA", "HOATHI", "THI", None)),
        ("MARIA DEL CARMEN", ("MARIA", "MARIADELCARMEN", "CARMEN", None)),
        ("DR J0HN", ("JOHN", "JOHN", None, None)),
        ("MARY (MAY) ANN", ("MARY", "MARYANN", "ANN", None)),
        ("N A", (None, None, None, None)),
        ("XXX", (None, None, None, None)),
        ("JOHN JR MD", ("JOHN", "JOHN", None, "JR")),
        ("MARY  ANN", ("MARY", "MARYANN", "ANN", None)),
        ("JR", ("JR", "JR", None, None)),
    ],
)
def test_parse_given_name(text: str, expected: tuple[str | None, ...]) -> None:
    assert parse_given_name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O'BRIEN SMITH JR", ("OBRIENSMITH", "OBRIEN", "SMITH", "JR")),
        ("ORTEGA Y GASSET", ("ORTEGAGASSET", "ORTEGA", "GASSET", None)),
        ("MC DONALD", ("MCDONALD", None, None, None)),
        ("VAN DER BERG", ("VANDERBERG", "BERG", "BERG", None)),
        ("SM1TH", ("SMITH", None, None, None)),
        ("SMITH 2ND", ("SMITH", None, None, "II")),
        ("DE", ("DE", None, None, None)),
        ("NOT KNOWN", (None, None, None, None)),
        ("ST. JOHN-LEE", ("STJOHNLEE", "STJOHN", "LEE", None)),
        ("12", (None, None, None, None)),
    ],
)
def test_parse_surname(text: str, expected: tuple[str | None, ...]) -> None:
    assert parse_surname(text) == expected


def test_parse_name_finds_a_suffix_in_any_field() -> None:
    assert parse_middle_name("III") == (None, "III")
    assert parse_middle_name("NMN") == (None, None)
    assert parse_name("JOHN SR", "B IV", "LEE JR", "2ND").suffix == "II"
    assert parse_name("JOHN SR", "B IV", "LEE JR", None).suffix == "JR"
    assert parse_name("JOHN SR", "B IV", "LEE", None).suffix == "SR"
    assert parse_name("JOHN", "B IV", "LEE", None).suffix == "IV"


def test_parse_name_exchanges_thi_with_a_middle_name_but_not_with_an_initial() -> None:
    assert parse_name("THI", "HOA", None, None)[:3] == ("HOA", "HOA", "THI")
    assert parse_name("THI", "H", None, None)[:3] == ("THI", "THI", "H")
