"""The place parser."""

from comity.normalize.place_parser import parse_city, parse_state, parse_zip


def test_parse_city_writes_abbreviations_out_and_drops_city_of_and_township() -> None:
    assert parse_city("CITY OF ST. PAUL") == "SAINTPAUL"
    assert parse_city("UPPER TWP") == parse_city("UPPER") == "UPPER"


def test_parse_state_knows_codes_and_names() -> None:
    assert (parse_state("N.Y."), parse_state("NEW YORK"), parse_state("1")) == ("NY", "NY", None)


def test_parse_zip_restores_a_leading_zero_where_the_state_has_one() -> None:
    codes = [parse_zip(text, "NJ") for text in ("12345-6789", "123456789", "213", "1234-5678", "---")]
    assert codes == ["12345", "12345", "00213", "01234", None]
    assert parse_zip("213", "NY") == "213"
