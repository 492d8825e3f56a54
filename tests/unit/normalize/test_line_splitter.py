"""The line splitter, on lines that are easy to split wrong."""

import pytest

from comity.normalize.line_splitter import split_address_line


@pytest.mark.parametrize(
    ("street", "street2", "number", "remainder"),
    [
        ("1 1/2 OAK ST", None, "1", "OAK ST"),
        ("N64 W23456 MAIN ST", None, "N64 W23456", "MAIN ST"),
        ("5TH AVE", None, None, "~5TH AVE"),
        ("20111", None, "20111", None),
        ("APT 4, 9 ELM ST", None, "9", "ELM ST APT 4"),
        ("9 ELM ST", "SECTOR OAK", "9", "ELM ST SECTOR OAK"),
        ("ATTN X", "9 ELM ST", "9", "ELM ST"),
        ("9 ELM ST", "C/O X", "9", "ELM ST"),
        ("O'NEIL | N.E. P.S.C. #5#", None, None, "~ONEIL 1 NE PSC # 5 #"),
    ],
)
def test_split_address_line_splits_off_the_house_number(
    street: str, street2: str | None, number: str | None, remainder: str | None
) -> None:
    line = split_address_line(street, street2, None, None, None)
    assert (line.number, line.remainder) == (number, remainder)


def test_split_address_line_keeps_a_fraction_and_the_name_of_a_building() -> None:
    assert split_address_line("1 1/2 OAK ST", None, None, None, None).fraction == "1/2"
    assert split_address_line("9 ELM ST", "SUNNY ACRES", None, None, None).building == "SUNNYACRES"


@pytest.mark.parametrize(
    ("city", "postcode", "remainder", "place"),
    [
        (None, None, "OAK ST", ("ROME", "NY", "12345")),
        ("ROME", None, "OAK ST", ("ROME", "NY", "12345")),
        ("PARIS", "12345", "OAK ST ROME", ("PARIS", "NY", "12345")),
        (None, "54321", "OAK ST ROME NY 12345", (None, None, "54321")),
    ],
)
def test_split_address_line_takes_a_place_after_the_street_unless_its_zip_differs(
    city: str | None, postcode: str | None, remainder: str, place: tuple[str | None, ...]
) -> None:
    line = split_address_line("12 OAK ST ROME NY 12345", None, city, None, postcode)
    assert (line.remainder, line[4:]) == (remainder, place)
