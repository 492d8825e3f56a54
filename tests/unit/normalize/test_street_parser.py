"""The street parser, on streets that are easy to parse wrong."""

import pytest

from comity.normalize.street_parser import parse_street


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N MT VERNON AVE", ("MOUNTVERNON", "N", "AVE")),
        ("AVENUE N", ("NORTH", "", "AVE")),
        ("B AND C ST", ("BANDC", "", "ST")),
        ("400 E", ("400", "E", None)),
        ("MAIN ST N W", ("MAIN", "NW", "ST")),
        ("N ST", ("NORTH", "", "ST")),
        ("0012TH ST", ("12", "", "ST")),
        ("STATE ROUTE 07", ("HWY7", "", "SR")),
        ("BUSINESS 40", ("HWY40BUS", "", None)),
        ("OLD COUNTY RD 5", ("HWY5OLD", "", "CR")),
        ("COUNTY RD A", ("HWYA", "", "CR")),
        ("LOOP 1604", ("LOOP1604", "", None)),
        ("DR MLK JR BLVD", ("MLK", "", "BLVD")),
        ("AVALON PARK SOUTH BLVD", ("AVALONPARK", "S", "BLVD")),
        ("CALLE SOL", ("SOL", "", "ST")),
        ("PARK LK", ("PARKLAKE", "", None)),
        ("~FIVE POINTS RD", ("5POINTS", "", "RD")),
        ("~", (None, "", None)),
        (None, (None, "", None)),
    ],
)
def test_parse_street(text: str | None, expected: tuple[str | None, ...]) -> None:
    street = parse_street(text)
    assert (street.street, street.direction, street.suffix) == expected


def test_parse_street_finds_house_letters_units_urbanizations_and_numbers() -> None:
    assert parse_street("A N MAIN ST").house_letter == "A"
    assert parse_street("OAK ST 5").undesignated_unit == parse_street("MAIN 5").undesignated_unit == "5"
    assert parse_street("SOL URB VISTA").urbanization == "VISTA"
    lines = ("~ONE OAK ST", "~TWENTY-ONE OAK ST", "~JANE DOE 12 OAK ST", "~12-B OAK ST")
    assert [parse_street(line).number for line in lines] == ["1", "21", "12", "12-B"]
