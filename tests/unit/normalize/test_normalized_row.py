"""One row of raw text, normalized."""

import time

import pytest

from comity.normalize.normalized_row import normalize_row


def normalize_address(street: str, street2: str = "") -> tuple[str | None, ...]:
    row = normalize_row(street=street, street2=street2)
    return (row.number, row.street, row.direction or None, row.unit)


ONE_ADDRESS = (
    "123 North Main Street Apartment 4B",
    "123 N MAIN ST APT 4B",
    "123 n. main st., apt. 4b",
    "123 N Main St #4B",
    "Apt 4B, 123 N Main St",
    "123  N  MAIN  STREET  UNIT 4-B",
    "0123 N Main Str # 4b",
    "123 N Main St Apt 4B\u200b",
)


@pytest.mark.parametrize("text", ONE_ADDRESS)
def test_one_address_is_normalized_alike_however_it_is_written(text: str) -> None:
    assert normalize_address(text) == ("123", "MAIN", "N", "4B")


def test_a_unit_can_be_on_either_line() -> None:
    lines = (
        ("123 Main St", "Apt 4"),
        ("Apt 4", "123 Main St"),
        ("123 Main St Apt 4", ""),
        ("c/o J Doe", "123 Main St Apt 4"),
    )
    for street, street2 in lines:
        assert normalize_address(street, street2) == ("123", "MAIN", None, "4")


@pytest.mark.parametrize(
    ("text", "number", "street"),
    [
        ("PO Box 0123", "123", "POBOX"),
        ("P.O. Box 123", "123", "POBOX"),
        ("Post Office Box 123", "123", "POBOX"),
        ("RR 2 Box 15", "15", "RR2"),
        ("Rural Route 2, Box 15", "15", "RR2"),
        ("HC 1 Box 22", "22", "HC1"),
        ("H.C. 1, Box 22", "22", "HC1"),
        ("R.R. 2, Box 15", "15", "RR2"),
        ("P.S.C. 1234, Box 567", "567", "PSC1234"),
        ("PSC 1234 Box 567", "567", "PSC1234"),
        ("CMR 45 BOX 9", "9", "CMR45"),
        ("UNIT 2050 BOX 4190", "4190", "UNIT2050"),
        ("12-34 56th Rd", "12-34", "56"),
        ("123 1/2 Oak St", "123", "OAK"),
        ("123 E 400 S", "123", "400"),
        ("N64W23456 Main St", "N64W23456", "MAIN"),
        ("N64 W23456 Main St", "N64W23456", "MAIN"),
        ("1234 SH 7", "1234", "HWY7"),
        ("4500 Farm to Market 1960", "4500", "HWY1960"),
        ("5 MLK Jr Blvd", "5", "MLK"),
        ("100 County Road 12", "100", "HWY12"),
        ("100 CR 12", "100", "HWY12"),
        ("100 US Highway 41", "100", "HWY41"),
        ("55 North St", "55", "NORTH"),
        ("9 Saint Paul Ave", "9", "SAINTPAUL"),
        ("9 St Paul Ave", "9", "SAINTPAUL"),
        ("77 Fifth Ave", "77", "5"),
        ("77 5th Avenue", "77", "5"),
        ("100 Broadway", "100", "BROADWAY"),
        ("5th Ave", None, "5"),
        ("20111", "20111", None),
        ("", None, None),
        ("12 Avenue B", "12", "B"),
    ],
)
def test_addresses_of_every_kind(text: str, number: str | None, street: str | None) -> None:
    assert normalize_address(text)[:2] == (number, street)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("José", "García-López", ("JOSE", "GARCIALOPEZ", "GARCIA", "LOPEZ", None)),
        ("Anna", "de la Cruz", ("ANNA", "DELACRUZ", "CRUZ", "CRUZ", None)),
        ("Maria", "de la Cruz Santos", ("MARIA", "DELACRUZSANTOS", "CRUZ", "SANTOS", None)),
        ("Sean", "O’Brien, Jr.", ("SEAN", "OBRIEN", None, None, "JR")),
        ("Dr. Wei", "Smith III", ("WEI", "SMITH", None, None, "III")),
        ("Мария", "Łódź", ("MARIYA", "LODZ", None, None, None)),
        ("\u202eEvil\u0007", "N\u0000ull", ("EVIL", "NULL", None, None, None)),
        ("", "---", (None, None, None, None, None)),
        ("Unknown", "Resident", (None, None, None, None, None)),
        ("Lady", "Na", ("LADY", "NA", None, None, None)),
    ],
)
def test_names(first: str, last: str, expected: tuple[str | None, ...]) -> None:
    row = normalize_row(first_name=first, last_name=last)
    assert (row.first, row.surname, row.surname_part_1, row.surname_part_2, row.suffix) == expected


def test_words_after_the_first_name_serve_as_a_middle_name() -> None:
    assert normalize_row(first_name="Mary Ann").middle == "ANN"
    assert normalize_row(first_name="Mary Ann", middle_name="B").middle == "B"
    assert normalize_row(first_name="Mary Ann").given == normalize_row(first_name="Maryann").given


@pytest.mark.parametrize(
    "repeated",
    [
        "1 ",
        "A ",
        "1 A ",
        "APT ",
        "# ",
        "BOX ",
        "APT 1 ",
        "N ",
        "1/2 ",
        "URB A ",
        "RR 1 ",
        "ST ",
        "MC ",
        "JR ",
        "DE LA ",
        "X & ",
        "(",
    ],
)
def test_no_text_takes_long_to_normalize(repeated: str) -> None:
    """A hostile line must not make a pattern try every way through it from every position."""
    text = repeated * (250 // len(repeated))
    start = time.process_time()
    for fields in (
        {"street": text},
        {"street": f"1 {text}"},
        {"street": f"{text} 62701"},
        {"first_name": text},
        {"last_name": text},
    ):
        normalize_row(**fields)
    assert time.process_time() - start < 1.0


def test_a_megabyte_of_name_is_cut_to_250_letters() -> None:
    assert normalize_row(last_name="A" * 1_000_000).surname == "A" * 250
