"""The place parser."""

import pytest

from comity.normalize.place_parser import parse_city, parse_state, parse_zip
from comity.reference.zip_codes import load_zip_table


def test_parse_city_writes_abbreviations_out_and_drops_city_of_and_township() -> None:
    assert parse_city("CITY OF ST. PAUL") == "SAINTPAUL"
    assert parse_city("UPPER TWP") == parse_city("UPPER") == "UPPER"


def test_parse_state_knows_codes_and_names() -> None:
    assert (parse_state("N.Y."), parse_state("NEW YORK"), parse_state("1")) == ("NY", "NY", None)


def test_parse_zip_restores_a_leading_zero_where_the_state_has_one() -> None:
    codes = [parse_zip(text, "NJ") for text in ("12345-6789", "123456789", "213", "1234-5678", "---")]
    assert codes == ["12345", "12345", "00213", "01234", None]
    assert parse_zip("213", "NY") == "213"


@pytest.mark.parametrize(
    ("written", "state", "code"),
    [
        ("7102", "NJ", "07102"),
        ("2139", "MA", "02139"),
        ("6511", "CT", "06511"),
        ("7102", None, "07102"),
        ("71021234", "NJ", "07102"),
        ("7102-1234", "NJ", "07102"),
        ("901", "PR", "00901"),
        ("9011234", "PR", "00901"),
        ("901-1234", "PR", "00901"),
        ("9498", "AE", "09498"),
        ("501", "NY", "00501"),
        ("6390", "NY", "06390"),
        ("1000", "NY", "1000"),
        ("6270", "IL", "6270"),
    ],
)
def test_parse_zip_reads_a_zip_code_that_a_spreadsheet_took_for_a_number(
    written: str, state: str | None, code: str
) -> None:
    assert parse_zip(written, state) == code


def test_no_zip_code_of_any_state_is_lost_with_its_zeros() -> None:
    table = load_zip_table()
    for code, state in zip(table["zip"].to_pylist(), table["state"].to_pylist(), strict=True):
        assert parse_zip(str(int(code)), state) == code
