"""Names and addresses in normal form: of one row, and of a table, which must say the same."""

import re
import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.match.index.format import DICTIONARY_COLUMNS
from comity.match.index.format import GENERATIONAL_SUFFIXES as GENERATIONS
from comity.match.index.lexicons import LEXICONS, NULL_VALUES
from comity.match.normalize import encode
from comity.match.normalize.encode import encode_table
from comity.match.normalize.normalized_row import TEXT_COLUMNS, normalize_row
from comity.reference.address_vocabulary import (
    DIRECTIONALS,
    PRETYPES,
    ROAD_SUFFIXES,
    STREET_SUFFIXES,
    UNIT_DESIGNATORS_ALONE,
    UNIT_DESIGNATORS_WITH_VALUE,
)
from comity.reference.nicknames import load_nickname_pairs


def normal(**fields: str) -> dict[str, str | None]:
    return normalize_row(**fields)._asdict()


def address(street: str, street2: str = "") -> tuple[str | None, ...]:
    row = normal(street=street, street2=street2)
    return (row["number"], row["street"], row["direction"] or None, row["unit"])


ONE_ADDRESS = (
    "123 North Main Street Apartment 4B", "123 N MAIN ST APT 4B", "123 n. main st., apt. 4b", "123 N Main St #4B",
    "Apt 4B, 123 N Main St", "123  N  MAIN  STREET  UNIT 4-B", "0123 N Main Str # 4b", "123 N Main St Apt 4B\u200b",
)  # fmt: skip


@pytest.mark.parametrize("written", ONE_ADDRESS)
def test_one_address_has_one_normal_form_however_it_is_written(written: str) -> None:
    assert address(written) == ("123", "MAIN", "N", "4B")


def test_a_unit_may_stand_on_either_line() -> None:
    expected = ("123", "MAIN", None, "4")
    assert (
        address("123 Main St", "Apt 4") == address("Apt 4", "123 Main St") == address("123 Main St Apt 4") == expected
    )
    assert address("c/o J Doe", "123 Main St Apt 4") == expected


@pytest.mark.parametrize(
    ("written", "number", "street"),
    [
        ("PO Box 0123", "123", "POBOX"), ("P.O. Box 123", "123", "POBOX"), ("Post Office Box 123", "123", "POBOX"),
        ("RR 2 Box 15", "15", "RR2"), ("Rural Route 2, Box 15", "15", "RR2"), ("HC 1 Box 22", "22", "HC1"), ("H.C. 1, Box 22", "22", "HC1"), ("R.R. 2, Box 15", "15", "RR2"), ("P.S.C. 1234, Box 567", "567", "PSC1234"),
        ("PSC 1234 Box 567", "567", "PSC1234"), ("CMR 45 BOX 9", "9", "CMR45"), ("UNIT 2050 BOX 4190", "4190", "UNIT2050"),
        ("12-34 56th Rd", "1234", "56"), ("123 1/2 Oak St", "123", "OAK"), ("123 E 400 S", "123", "400"),
        ("N64W23456 Main St", "N64W23456", "MAIN"), ("N64 W23456 Main St", "N64W23456", "MAIN"),
        ("1234 SH 7", "1234", "HWY7"), ("4500 Farm to Market 1960", "4500", "HWY1960"), ("5 MLK Jr Blvd", "5", "MLK"), ("100 County Road 12", "100", "HWY12"), ("100 CR 12", "100", "HWY12"),
        ("100 US Highway 41", "100", "HWY41"), ("55 North St", "55", "NORTH"), ("9 Saint Paul Ave", "9", "SAINTPAUL"),
        ("9 St Paul Ave", "9", "SAINTPAUL"), ("77 Fifth Ave", "77", "5"), ("77 5th Avenue", "77", "5"), ("100 Broadway", "100", "BROADWAY"),
        ("5th Ave", None, "5"), ("20111", "20111", None), ("", None, None), ("12 Avenue B", "12", "B"),
    ],
)  # fmt: skip
def test_addresses_of_every_kind(written: str, number: str | None, street: str | None) -> None:
    assert address(written)[:2] == (number, street)


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
)  # fmt: skip
def test_names(first: str, last: str, expected: tuple[str | None, ...]) -> None:
    row = normal(first_name=first, last_name=last)
    assert tuple(row[c] for c in ("first", "surname", "surname_part_1", "surname_part_2", "suffix")) == expected


def test_words_after_the_first_name_serve_as_a_middle_name() -> None:
    assert normal(first_name="Mary Ann")["middle"] == "ANN"
    assert normal(first_name="Mary Ann", middle_name="B")["middle"] == "B"
    assert normal(first_name="Mary Ann")["given"] == normal(first_name="Maryann")["given"]


WORDS = st.sampled_from(
    [*STREET_SUFFIXES, *DIRECTIONALS, *PRETYPES, *ROAD_SUFFIXES, *UNIT_DESIGNATORS_WITH_VALUE, *UNIT_DESIGNATORS_ALONE, "MAIN", "OAK", "ST", "5TH", "12", "1S17", "B", "#", "#4", "4-B",
     "PO BOX", "P.O. BOX", "RR 2 BOX", "PSC", "HWY", "COUNTY RD", "URB", "CALLE", "KM 3", "1/2", "SPRINGFIELD", "IL 62701", "c/o", "Élm", "~"]
)  # fmt: skip
LINES = st.lists(WORDS | st.integers(1, 9999).map(str), max_size=6).map(" ".join)
NAMES = st.lists(
    st.sampled_from(["Ann", "MARY", "de la", "Cruz", "O'Brien", "Jr", "III", "THI", "van der", "Abdul", "J0HN", "&", "(Bob)", "UNKNOWN", "xx", "-", "Mc", "y", "José", "李"]),
    max_size=4,
).map(" ".join)  # fmt: skip
ROWS = st.fixed_dictionaries({
    "first_name": NAMES, "middle_name": NAMES, "last_name": NAMES, "suffix": st.sampled_from(["", "Jr.", "3rd", "x"]),
    "street": LINES, "street2": LINES | st.just(""), "city": st.sampled_from(["", "Springfield", "St Louis", "CITY OF ALTON"]),
    "state": st.sampled_from(["", "IL", "Puerto Rico", "MA", "N.Y."]), "zip": st.sampled_from(["", "62701", "62701-1234", "501", "0123", "ABC"]),
}) | st.fixed_dictionaries({c: st.none() | st.text(max_size=12) for c in TEXT_COLUMNS})  # fmt: skip


def said(table: pa.Table) -> list[dict[str, str | None]]:
    """What the table form says of each row, column by column."""
    coded = encode_table(table)
    rows = []
    for i in range(len(table)):
        row: dict[str, str | None] = {"suffix": GENERATIONS[coded.suffix[i]]}
        for lexicon in LEXICONS:
            row |= zip(lexicon.columns, coded.values[lexicon.name][coded.codes[lexicon.name][i]], strict=True)
        rows.append(row)
    return rows


@given(st.lists(ROWS, min_size=1, max_size=20))
@settings(deadline=None, max_examples=150)
def test_a_table_says_of_each_row_what_the_row_says_alone(rows: list[dict[str, str | None]]) -> None:
    table = pa.table({c: pa.array([row[c] for row in rows], pa.string()) for c in TEXT_COLUMNS})
    with pytest.MonkeyPatch.context() as patch:
        few = said(table)
        patch.setattr(encode, "_MIN_COLUMNAR_ROWS", 0)
        many = said(table)
    assert few == many
    for row, made in zip(rows, many, strict=True):
        alone = normalize_row(**row)._asdict()
        if alone["street"] is None and alone["street_suffix"] is None:
            alone["direction"] = ""  # a direction without a street is none
        assert made == alone, row


def test_the_first_value_of_a_lexicon_is_the_missing_one() -> None:
    coded = encode_table(pa.table({"first_name": pa.array([None, "Ann"], pa.string())}))
    assert set(coded.values) == set(DICTIONARY_COLUMNS)
    assert all(coded.values[name][0] == NULL_VALUES[name] for name in DICTIONARY_COLUMNS)
    assert coded.codes["given"].tolist() == [0, 1]
    assert all(not coded.codes[name].any() for name in DICTIONARY_COLUMNS if name != "given")


@pytest.mark.parametrize(
    "unit", ["1 ", "A ", "1 A ", "APT ", "# ", "BOX ", "APT 1 ", "N ", "1/2 ", "URB A ", "RR 1 ", "ST ", "MC ", "JR ", "DE LA ", "X & ", "("]
)  # fmt: skip
def test_no_text_takes_long_to_read(unit: str) -> None:
    """Patterns are tried from every place of a line; a hostile line must not make them try every way through it."""
    text = unit * (250 // len(unit))
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


def test_a_megabyte_of_name_is_read_to_its_two_hundred_and_fiftieth_letter() -> None:
    name = "A" * 1_000_000
    assert normal(last_name=name)["surname"] == "A" * 250
    assert said(pa.table({"last_name": [name, "A" * 250]}))[0] == said(pa.table({"last_name": ["A" * 250]}))[0]


def test_codes_are_numbers_of_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "_MIN_COLUMNAR_ROWS", 0)
    rows = [f"{n} {s} St Apt {u}" for n in (1, 20, 301) for s in ("Oak", "Elm") for u in ("4", "5B")]
    coded = encode_table(pa.table({"street": rows}))
    assert [len(coded.values[name]) for name in ("number", "street", "unit")] == [4, 3, 3]
    assert all(code.dtype == np.uint32 for code in coded.codes.values())
    assert all(re.fullmatch("[A-Z0-9]+", v[0] or "A") for v in coded.values["street"])


def test_reference_words_are_unambiguous() -> None:
    assert all(word.isascii() and word.isupper() for word in [*STREET_SUFFIXES, *DIRECTIONALS])
    assert STREET_SUFFIXES["STREET"] == STREET_SUFFIXES["STR"] == "ST"
    pairs = set(load_nickname_pairs())
    assert ("ROBERT", "BOB") in pairs
    assert ("BOB", "ROB") in pairs
    assert all((b, a) in pairs and a != b for a, b in pairs)
