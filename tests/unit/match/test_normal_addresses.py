"""Each step of reading an address, on the lines that are easy to read wrong."""

import pytest

from comity.match.normalize.boxes_and_units import parse_remainder, parse_unit
from comity.match.normalize.line_splitter import split_address_line
from comity.match.normalize.place_parser import parse_city, parse_state, parse_zip
from comity.match.normalize.street_parser import parse_street


@pytest.mark.parametrize(
    ("street", "street2", "number", "rest"),
    [
        ("1 1/2 OAK ST", None, "1", "OAK ST"), ("N64 W23456 MAIN ST", None, "N64 W23456", "MAIN ST"), ("5TH AVE", None, None, "~5TH AVE"),
        ("20111", None, "20111", None), ("APT 4, 9 ELM ST", None, "9", "ELM ST APT 4"), ("9 ELM ST", "SECTOR OAK", "9", "ELM ST SECTOR OAK"),
        ("ATTN X", "9 ELM ST", "9", "ELM ST"), ("9 ELM ST", "C/O X", "9", "ELM ST"), ("O'NEIL | N.E. P.S.C. #5#", None, None, "~ONEIL 1 NE PSC # 5 #"),
    ],
)  # fmt: skip
def test_the_number_is_cut_off_the_line(street: str, street2: str | None, number: str | None, rest: str | None) -> None:
    line = split_address_line(street, street2, None, None, None)
    assert (line.number, line.remainder) == (number, rest)


def test_what_stands_beside_the_number_is_kept() -> None:
    assert split_address_line("1 1/2 OAK ST", None, None, None, None).fraction == "12"
    assert split_address_line("9 ELM ST", "SUNNY ACRES", None, None, None).building == "SUNNYACRES"


@pytest.mark.parametrize(
    ("city", "postcode", "rest", "place"),
    [
        (None, None, "OAK ST", ("ROME", "NY", "12345")), ("ROME", None, "OAK ST", ("ROME", "NY", "12345")),
        ("PARIS", "12345", "OAK ST ROME", ("PARIS", "NY", "12345")), (None, "54321", "OAK ST ROME NY 12345", (None, None, "54321")),
    ],
)  # fmt: skip
def test_a_place_behind_the_street_is_the_rows_own_unless_its_zip_is_another(
    city: str | None, postcode: str | None, rest: str, place: tuple[str | None, ...]
) -> None:
    line = split_address_line("12 OAK ST ROME NY 12345", None, city, None, postcode)
    assert (line.remainder, line[4:]) == (rest, place)


@pytest.mark.parametrize(
    ("rest", "street", "box"),
    [
        ("~PO BOX 7", "POBOX", "7"), ("~P O B 12", "POBOX", "12"), ("~APDO 9", "POBOX", "9"), ("~BOX AB", "POBOX", "AB"),
        ("~RR 2 BOX 15", "RR2", "15"), ("~BOX 15 RR 2", "RR2", "15"), ("~STAR ROUTE 4 BOX 3", "HC4", "3"), ("~HC 01 BOX 2", "HC1", "2"),
        ("~UNIT 05 BOX 4", "UNIT5", "4"), ("~PSC 12", "PSC", "12"),
    ],
)  # fmt: skip
def test_boxes(rest: str, street: str, box: str) -> None:
    assert parse_remainder(rest) == (street, box, None, None)


@pytest.mark.parametrize(
    ("rest", "head", "tail"),
    [
        ("OAK ST PO BOX 7", "OAK ST", None), ("OAK RD # 4", "OAK RD 4", None), ("OAK ST APT NUMBER 5", "OAK ST", "APT 5"),
        ("MAIN ST APT B FLOOR 2", "MAIN ST", "APT B FLOOR 2"), ("MAIN ST APT B NUMBER NUMBER 5", "MAIN ST", "APT B NUMBER 5"),
        ("MAIN ST NUMBER", "MAIN ST NUMBER", None), ("CANAL ST C1S", "CANAL ST", "C1S"), ("CANAL ST N 12", "CANAL ST N", "12"),
        ("MILL RD 12-B", "MILL RD", "12-B"), ("LOTUS", None, "LOTUS"), ("MAIN ST UPPER LEVEL", "MAIN ST", "UPPER LEVEL"),
        ("MAIN ST REAR OF SHOP", "MAIN ST REAR OF SHOP", None), ("~5TH FLOOR 12 MAIN ST", "~12 MAIN ST", "5TH FLOOR"),
        ("~CALLE SOL 12", "~12 CALLE SOL", None), ("~URB VISTA CALLE SOL 12", "~12 CALLE SOL URB VISTA", None),
        ("~CARR 2 KM 14 HM 3", "~KM143 HWY 2", None), ("~COND MAR APT 5", "~5 COND MAR", None),
    ],
)  # fmt: skip
def test_units_at_the_end(rest: str, head: str | None, tail: str | None) -> None:
    assert parse_remainder(rest) == (None, None, head, tail)


@pytest.mark.parametrize(
    ("tail", "unit"),
    [
        ("APT 04-B", "4B"), ("SECOND FLOOR", "2"), ("5TH FLOOR", "5"), ("REAR", "REAR"), ("UPPER LEVEL", "UPPER"), ("APT 3 BLDG 7", "73"),
        ("# 00", None), ("TOP FLOOR", "TOP"), ("BLDG A APT 2", "A2"), ("", None), (None, None),
    ],
)  # fmt: skip
def test_unit(tail: str | None, unit: str | None) -> None:
    assert parse_unit(tail) == unit


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("N MT VERNON AVE", ("MOUNTVERNON", "N", "AVE")), ("AVENUE N", ("NORTH", "", "AVE")), ("B AND C ST", ("BANDC", "", "ST")),
        ("400 E", ("400", "E", None)), ("MAIN ST N W", ("MAIN", "NW", "ST")), ("N ST", ("NORTH", "", "ST")), ("0012TH ST", ("12", "", "ST")),
        ("STATE ROUTE 07", ("HWY7", "", "SR")), ("BUSINESS 40", ("HWY40BUS", "", None)), ("OLD COUNTY RD 5", ("HWY5OLD", "", "CR")),
        ("COUNTY RD A", ("HWYA", "", "CR")), ("LOOP 1604", ("LOOP1604", "", None)), ("DR MLK JR BLVD", ("MLK", "", "BLVD")),
        ("AVALON PARK SOUTH BLVD", ("AVALONPARK", "S", "BLVD")), ("CALLE SOL", ("SOL", "", "ST")), ("PARK LK", ("PARKLAKE", "", None)),
        ("~FIVE POINTS RD", ("FIVEPOINTS", "", "RD")), ("~", (None, "", None)), (None, (None, "", None)),
    ],
)  # fmt: skip
def test_streets(head: str | None, expected: tuple[str | None, ...]) -> None:
    read = parse_street(head)
    assert (read.street, read.direction, read.suffix) == expected


def test_what_else_a_head_holds() -> None:
    assert parse_street("A N MAIN ST").house_letter == "A"
    assert parse_street("OAK ST 5").undesignated_unit == parse_street("MAIN 5").undesignated_unit == "5"
    assert parse_street("SOL URB VISTA").urbanization == "VISTA"
    numbers = {
        h: parse_street(h).number for h in ("~ONE OAK ST", "~TWENTY-ONE OAK ST", "~JANE DOE 12 OAK ST", "~12-B OAK ST")
    }
    assert list(numbers.values()) == ["1", "21", "12", "12-B"]


def test_places() -> None:
    assert parse_city("CITY OF ST. PAUL") == "SAINTPAUL"
    assert parse_city("UPPER TWP") == parse_city("UPPER") == "UPPER"
    assert (parse_state("N.Y."), parse_state("NEW YORK"), parse_state("1")) == ("NY", "NY", None)
    assert [parse_zip(z, "NJ") for z in ("12345-6789", "123456789", "213", "1234-5678", "---")] == [
        "12345", "12345", "00213", "01234", None,
    ]  # fmt: skip
    assert parse_zip("213", "NY") == "213"
