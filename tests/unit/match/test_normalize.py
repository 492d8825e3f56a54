"""Names and addresses in normal form: each stage on a few rows."""

import pytest

from comity.match.duckdb.addresses import VOCABULARY, vocabulary
from comity.match.duckdb.connection import DuckDB, connect
from comity.match.duckdb.normalize import PARTS, PEOPLE, STAGES, normalize, people
from comity.match.duckdb.text import IS_FOREIGN, TEXT
from comity.reference.nicknames import nickname_pairs
from comity.reference.streets import DIRECTIONS, SUFFIXES


def normal(**fields: str) -> dict[str, str | None]:
    with connect() as db:
        load(db, **fields)
        normalize(db, "raw")
        row = db.execute(f"SELECT {', '.join(PEOPLE)} FROM people").fetchone()
    assert row is not None
    return dict(zip(PEOPLE, row, strict=True))


def load(db: DuckDB, **fields: str) -> None:
    db.execute(f"CREATE TEMP TABLE raw ({', '.join(f'{c} VARCHAR' for c in TEXT)})")
    db.execute(f"INSERT INTO raw VALUES ({', '.join('?' * len(TEXT))})", [fields.get(c) for c in TEXT])
    db.execute(f"CREATE OR REPLACE TEMP TABLE raw AS SELECT *, {IS_FOREIGN} AS is_foreign FROM raw")


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


def test_each_stage_runs_alone_on_a_few_rows() -> None:
    with connect() as db:
        load(db, first_name="ANA", last_name="LEE", street="1 ELM ST", zip="62701")
        db.execute("CREATE TEMP TABLE plain AS SELECT * FROM raw")
        db.register(VOCABULARY, vocabulary())
        for stage in STAGES:
            db.execute(f"CREATE TEMP TABLE {stage.name} AS {stage.select(*stage.inputs)}")
            found = db.execute(f"SELECT count(*) FROM {stage.name}").fetchone()
            assert found == (0,) if stage.name in {"middle_names", "units"} else (1,), stage.name
        assert db.execute(f"SELECT count(*) FROM ({people(*PARTS)})").fetchall() == [(1,)]


def test_reference_words_are_unambiguous() -> None:
    assert all(word.isascii() and word.isupper() for word in [*SUFFIXES, *DIRECTIONS])
    assert SUFFIXES["STREET"] == SUFFIXES["STR"] == "ST"
    pairs = set(nickname_pairs())
    assert ("ROBERT", "BOB") in pairs
    assert ("BOB", "ROB") in pairs
    assert all((b, a) in pairs and a != b for a, b in pairs)
