"""A table, normalized and encoded: each row has the values that it has alone."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.normalize import encode
from comity.normalize.encode import encode_table
from comity.normalize.normalized_row import TEXT_COLUMNS, normalize_row
from comity.normalize.schema import DICTIONARY_COLUMNS, GENERATIONAL_SUFFIXES, LEXICONS, NULL_VALUES
from comity.reference.address_vocabulary import load_address_words

WORDS = st.sampled_from(
    [
        *(row.word for row in load_address_words()),
        "MAIN",
        "OAK",
        "ST",
        "5TH",
        "12",
        "1S17",
        "B",
        "#",
        "#4",
        "4-B",
        "PO BOX",
        "P.O. BOX",
        "RR 2 BOX",
        "PSC",
        "HWY",
        "COUNTY RD",
        "URB",
        "CALLE",
        "KM 3",
        "1/2",
        "SPRINGFIELD",
        "IL 62701",
        "c/o",
        "Élm",
        "~",
    ]
)
LINES = st.lists(WORDS | st.integers(1, 9999).map(str), max_size=6).map(" ".join)
NAMES = st.lists(
    st.sampled_from(
        [
            "Ann",
            "MARY",
            "de la",
            "Cruz",
            "O'Brien",
            "Jr",
            "III",
            "THI",
            "van der",
            "Abdul",
            "J0HN",
            "&",
            "(Bob)",
            "UNKNOWN",
            "xx",
            "-",
            "Mc",
            "y",
            "José",
            "李",
        ]
    ),
    max_size=4,
).map(" ".join)
ROWS = st.fixed_dictionaries(
    {
        "first_name": NAMES,
        "middle_name": NAMES,
        "last_name": NAMES,
        "suffix": st.sampled_from(["", "Jr.", "3rd", "x"]),
        "street": LINES,
        "street2": LINES | st.just(""),
        "city": st.sampled_from(["", "Springfield", "St Louis", "CITY OF ALTON"]),
        "state": st.sampled_from(["", "IL", "Puerto Rico", "MA", "N.Y."]),
        "zip": st.sampled_from(["", "62701", "62701-1234", "501", "0123", "ABC"]),
    }
) | st.fixed_dictionaries({c: st.none() | st.text(max_size=12) for c in TEXT_COLUMNS})
TRICKY_LINES = (
    "8111 Main St Apt 17N",
    "1 Oak Rd # 101",
    "1 Oak St #4",
    "1 Oak St Apt # 4",
    "1 Oak St Apt PO1",
    "1 Oak St Apt ABC",
    "1 Oak St # NO",
    "1 A Oak St Apt 4",
    "1 A Oak St # 4",
    "1 Oak St Rear Apt B",
    "1 First Floor Apt 4",
    "5 Fl, 12 Main St",
    "1 Oak St Apt 0",
    "1 Oak St 5 Apt 4",
    "17-10 N.E. Oak St.",
    "1 Oak St  ,Apt 4",
    "5th Ave Apt 4",
    "1 Oak St NY 12345",
    "123456789",
    "1 Apt 4",
    "PO Box 12",
    "P.O. Box 12",
    "PO Box 3 Box 12",
    "Apt 5 12 Box 7",
    "A5 Box 7",
    "One Box 7",
    "1 1/2 Oak St",
    "1 O'Neil St",
    "1 Calle Colón Apt 4",
    "1 PR RR5 Box 3",
    "1 Sol Urb Vista Apt 0",
    "1 Oak St Apt 4 # 5",
    "1 Hwy # 5",
    "1 Oak St Lot NO 5",
    "1 Oak St Bldg A Apt 2",
    "#",
    "1 #",
    "Apt 4, 12 Oak St",
    "Apt # 4, 12 Oak St",
    "# 4 12 Oak St",
    "Apto 4 12 Oak St",
    "Apt 4 12 Oak St Apt 5",
    "Unit 4H, 12 2nd St",
    "Suite 4, 2nd St",
    "Lot 4 12",
    "Apt 4 12 Miles N of Elm",
    "Apt 12 39 W 582 Oak St",
    "Apt 4, 1 Oak St NY 12345",
    "1 Spring St Apt 4",
    "1 Spring St # 4",
    "1 Frontage Rd Apt 4",
    "1 Front St Apt 4",
    "1 Steel St Apt 4",
    "1 Sp 4 Apt 5",
    "1 Stewart Rear Apt 4",
)
SECOND_LINES = (None, "Apt 7G", "#7G", "APT # 4", "Apt B", "Rear", "Rm 12345", "c/o Ana", "Sunny Acres", ".", "4")


@pytest.fixture
def columnar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encode tables of few rows by columns, too."""
    monkeypatch.setattr(encode, "_MIN_COLUMNAR_ROWS", 0)


def decode(table: pa.Table) -> list[dict[str, str | None]]:
    """The values of each row, from the codes of the encoded table."""
    encoded = encode_table(table)
    rows = []
    for i in range(len(table)):
        row: dict[str, str | None] = {"suffix": GENERATIONAL_SUFFIXES[encoded.suffix[i]]}
        for lexicon in LEXICONS:
            row |= zip(lexicon.columns, encoded.values[lexicon.name][encoded.codes[lexicon.name][i]], strict=True)
        rows.append(row)
    return rows


@given(st.lists(ROWS, min_size=1, max_size=20))
@settings(deadline=None, max_examples=150)
def test_encode_table_gives_each_row_the_values_it_has_alone(rows: list[dict[str, str | None]]) -> None:
    table = pa.table({c: pa.array([row[c] for row in rows], pa.string()) for c in TEXT_COLUMNS})
    with pytest.MonkeyPatch.context() as patch:
        by_rows = decode(table)
        patch.setattr(encode, "_MIN_COLUMNAR_ROWS", 0)
        by_columns = decode(table)
    assert by_rows == by_columns
    for row, decoded in zip(rows, by_columns, strict=True):
        alone = normalize_row(**row)._asdict()
        if alone["street"] is None and alone["street_suffix"] is None:
            alone["direction"] = ""  # a direction without a street is none
        assert decoded == alone, row


@pytest.mark.parametrize("second", SECOND_LINES)
@pytest.mark.usefixtures("columnar")
def test_encode_table_parses_a_tricky_line_as_it_is_parsed_alone(second: str | None) -> None:
    lines = [*TRICKY_LINES, *(line.upper() for line in TRICKY_LINES), *(f" {line.lower()}." for line in TRICKY_LINES)]
    encoded = encode_table(pa.table({"street": lines, "street2": pa.array([second] * len(lines), pa.string())}))
    for i, line in enumerate(lines):
        alone = normalize_row(street=line, street2=second)
        number, street, unit = (encoded.values[name][encoded.codes[name][i]] for name in ("number", "street", "unit"))
        expected = (alone.number, alone.house_letter, alone.street, alone.street_suffix)
        parts = (alone.unit, alone.building, alone.floor, alone.side, alone.urbanization)
        assert (*number, street[0], street[2], *unit) == (*expected, *parts), line


def test_code_0_is_the_null_value() -> None:
    encoded = encode_table(pa.table({"first_name": pa.array([None, "Ann"], pa.string())}))
    assert set(encoded.values) == set(DICTIONARY_COLUMNS)
    assert all(encoded.values[name][0] == NULL_VALUES[name] for name in DICTIONARY_COLUMNS)
    assert encoded.codes["given"].tolist() == [0, 1]
    assert all(not encoded.codes[name].any() for name in DICTIONARY_COLUMNS if name != "given")


@pytest.mark.usefixtures("columnar")
def test_each_distinct_value_has_one_code() -> None:
    lines = [f"{n} {s} St Apt {u}" for n in (1, 20, 301) for s in ("Oak", "Elm") for u in ("4", "5B")]
    encoded = encode_table(pa.table({"street": lines}))
    assert [len(encoded.values[name]) for name in ("number", "street", "unit")] == [4, 3, 3]
    assert all(codes.dtype == np.uint32 for codes in encoded.codes.values())
    assert all(re.fullmatch("[A-Z0-9]+", value[0] or "A") for value in encoded.values["street"])


@pytest.mark.usefixtures("columnar")
def test_zip_codes_are_five_digits_with_the_zero_of_their_state() -> None:
    written = ("213 MA", "213 NY", "213 ", "62701-1234 IL", "627011234 IL", "7102 NJ", "7102 IL", "501 NY", "6390 NY")
    for repeats in (1, 50):  # row by row, and by column
        columns = zip(*(text.split(" ") for text in written), strict=True)
        table = pa.table({name: list(column) * repeats for name, column in zip(("zip", "state"), columns, strict=True)})
        encoded = encode_table(table)
        codes = [encoded.values["place"][code][0] for code in encoded.codes["place"].tolist()]
        expected = ["00213", "213", "00213", "62701", "62701", "07102", "7102", "00501", "06390"]
        assert codes == expected * repeats


def test_a_megabyte_of_name_is_cut_to_250_letters() -> None:
    assert decode(pa.table({"last_name": ["A" * 1_000_000, "A" * 250]}))[0]["surname"] == "A" * 250
