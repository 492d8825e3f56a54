"""Which names can be one person's: the rule itself, on names that exist, that do not, and that nobody knows."""

from pathlib import Path

import pyarrow as pa
import pytest

from comity.match import match_requests
from comity.match.same_names import Sameness, is_relatives_form, relate_names, relate_words
from comity.match.slips import are_inner_letters_exchanged, are_letters_exchanged, is_other_spelling, is_slip
from comity.model.request_fields import REQUESTS_SCHEMA
from tests.support.match_records import build_index_with, make_record

Fields = dict[str, str]

ONE, OPEN, TWO = Sameness.ONE_NAME, Sameness.UNCERTAIN, Sameness.TWO_NAMES


def nobody_else(_part: str, _name: str, _other: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("asked", "on_record", "expected"),
    [
        ("DENISE", "DENIS", TWO),
        ("LATONYA", "LATOYA", TWO),
        ("DZVID", "DAVID", ONE),
        ("DAVID", "DZVID", ONE),
        ("DAVDI", "DAVID", ONE),
        ("DAVIR", "DAVID", OPEN),
        ("MATTHHEW", "MATTHEW", ONE),
        ("VLAADIMIR", "VLADIMIR", OPEN),
        ("JENNIFRE", "JENNIFER", OPEN),
        ("ELIZABTEH", "ELIZABETH", ONE),
        ("QXVWKJ", "DAVID", OPEN),
        ("ZORBLIN", "ZORBLAN", OPEN),
        ("ZQRBLIN", "ZORBLIN", OPEN),
        ("DAV", "DVA", OPEN),
        ("DAVID", "DAVID", ONE),
    ],
)
def test_two_that_exist_are_two_and_a_slip_makes_no_name(asked: str, on_record: str, expected: Sameness) -> None:
    assert relate_words("given", asked, on_record, nobody_else) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("QASIM", "QAASIM", True),
        ("AASIM", "AAZIM", True),
        ("QUTB", "QUTUB", True),
        ("LUTF", "LUTFI", True),
        ("JASMIN", "JASMINE", True),
        ("VIKRAM", "BIKRAM", True),
        ("MATTHEW", "MATTHHEW", False),
        ("HILL", "HILLL", False),
        ("DAVID", "DZVID", False),
        ("RAMIREZ", "RMIREZ", False),
        ("HANS", "HANSD", False),
    ],
)
def test_a_letter_that_languages_write_otherwise_makes_another_spelling(left: str, right: str, expected: bool) -> None:
    assert is_other_spelling(left, right) == is_other_spelling(right, left) == expected


def test_only_letters_within_a_long_name_are_exchanged_by_a_slip() -> None:
    assert are_inner_letters_exchanged("ELIZABETH", "ELIZABTEH")
    assert not are_inner_letters_exchanged("LUCZAK", "LUCZKA")
    assert not are_inner_letters_exchanged("IMKELA", "MIKELA")
    assert not are_inner_letters_exchanged("MUSYA", "MSUYA")
    assert not are_inner_letters_exchanged("ELIZABETH", "ELIZQBETH")


def test_a_name_that_the_index_holds_exists() -> None:
    held = {"DZVID"}
    assert relate_words("given", "DZVID", "DAVID", lambda _part, name, _other: name in held) == TWO


def test_what_no_list_knows_is_treated_alike() -> None:
    """With no list at all nothing but equal names is one name."""
    pairs = [("DENISE", "DENIS"), ("DZVID", "DAVID"), ("ZORBLIN", "ZORBLAN"), ("DAVDI", "DAVID")]
    assert {relate_words("given", *pair, nobody_else, lambda _: False) for pair in pairs} == {OPEN}


def _name(given: str, surname: str, middle: str | None = None) -> dict[str, tuple[str | None, ...]]:
    first = given.split(maxsplit=1)[0]
    return {"given": (first, given.replace(" ", "")), "middle": (middle,), "surname": (surname, None, None)}


@pytest.mark.parametrize(
    ("levels", "asked", "on_record", "expected"),
    [
        (("REVERSED", "REVERSED"), _name("ALI", "HASSAN"), _name("HASSAN", "ALI"), OPEN),
        (("EXACT", "REVERSED"), _name("MARY", "ANNSMITH"), _name("MARY", "SMITH", "ANN"), ONE),
        (("MIDDLE_AS_FIRST", "EXACT"), _name("HASSAN", "KHAN"), _name("ALI", "KHAN", "HASSAN"), TWO),
        (("MIDDLE_AS_FIRST", "EXACT"), _name("KHIN", "KYI"), _name("DAW KHIN", "KYI", "KHIN"), ONE),
        (("MIDDLE_AS_FIRST", "EXACT"), _name("DAW KHIN", "KYI", "KHIN"), _name("KHIN", "KYI"), ONE),
        (("NICKNAME", "EXACT"), _name("BOB", "KHAN"), _name("ROBERT", "KHAN"), ONE),
        (("NICKNAME", "EXACT"), _name("ROSITA", "KHAN"), _name("ROSA", "KHAN"), OPEN),
        (("INITIAL", "EXACT"), _name("J", "KHAN"), _name("JOHN", "KHAN"), TWO),
        (("EXACT", "FUZZY_LOW"), _name("JOSE", "CASTILLO"), _name("JOSE", "CASTRO"), TWO),
        (("EXACT", "FUZZY_HIGH"), _name("JOSE", "ZHANG"), _name("JOSE", "CHANG"), ONE),
        (("EXACT", "PARTIAL"), _name("JOSE", "RAMACHANDRAN"), _name("JOSE", "RAMACHANDRANIAH"), TWO),
        (("EXACT", "EXACT"), _name("JOSE", "CASTRO"), _name("JOSE", "CASTRO"), ONE),
        (("EXACT", "EXACT"), _name("MARY ANN", "CASTRO", "L"), _name("MARY JANE", "CASTRO", "L"), OPEN),
        (("EXACT", "EXACT"), _name("MARY ANN", "CASTRO", "L"), _name("MARY", "CASTRO", "L"), ONE),
        (("EXACT", "EXACT"), _name("MARY ANN", "CASTRO", "ANN"), _name("MARY A", "CASTRO", "A"), ONE),
    ],
)
def test_whole_names(
    levels: tuple[str, str],
    asked: dict[str, tuple[str | None, ...]],
    on_record: dict[str, tuple[str | None, ...]],
    expected: Sameness,
) -> None:
    assert relate_names(*levels, asked, on_record, nobody_else) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("JUAN", "JUANITO", True),
        ("JUANA", "JUANITA", True),
        ("MARIO", "MARIA", True),
        ("DANIEL", "DANIELLE", True),
        ("JULIE", "JULIA", True),
        ("ROBERT", "BOB", False),
        ("VICKI", "VICKIE", False),
        ("STEVE", "STEVEN", False),
    ],
)
def test_forms_of_relatives(left: str, right: str, expected: bool) -> None:
    assert is_relatives_form(left, right) is is_relatives_form(right, left) is expected


@pytest.mark.parametrize(
    ("meant", "written", "expected"),
    [
        ("DAVID", "DAVIID", True),
        ("DAVID", "DVID", True),
        ("DAVID", "DVAID", True),
        ("DAVID", "DAVIS", True),
        ("DAVID", "DAVIZ", False),
        ("DAVID", "DAVIDP", False),
        ("CAMPOS", "CARNPOS", True),
        ("CARNPOS", "CAMPOS", True),
        ("WILLIAM", "VVILLIAM", True),
        ("DAVID", "DVDI", False),
    ],
)
def test_slips(meant: str, written: str, expected: bool) -> None:
    assert is_slip(meant, written) is expected


def test_letters_that_are_exchanged_are_neighbors() -> None:
    assert are_letters_exchanged("MICHAEL", "MICAHEL")
    assert not are_letters_exchanged("MICHAEL", "MACHIEL")
    assert not are_letters_exchanged("ANNA", "ANNA")


ADDRESS = {"street": "77 Quiet Ln"}


def _has_same_name(folder: Path, asked: Fields, *on_record: Fields) -> bool:
    """Return the evidence about a request, asked at the address of the first record; the others live elsewhere."""
    records = [
        make_record(f"r{n}", **({"street": f"{n} Elm St"} | (ADDRESS if n == 0 else {}) | fields))
        for n, fields in enumerate(on_record)
    ]
    folder.mkdir()
    base = {"row": 0, "request_id": "q", "city": "Springfield", "state": "IL", "zip": "62701", "tax_year": "2023"}
    table = pa.Table.from_pylist([base | ADDRESS | asked], schema=REQUESTS_SCHEMA)
    with build_index_with(folder, *records) as index:
        (evidence,) = match_requests(index, table).to_pylist()
    assert evidence["record_id"] == "r0"
    return bool(evidence["same_name"])


def _person(first: str, middle: str = "", tin: str = "") -> Fields:
    return {"first_name": first, "middle_name": middle, "last_name": "Thistlewood", "tin": tin}


def test_a_slip_that_another_record_has_as_its_name_is_a_name(tmp_path: Path) -> None:
    assert _has_same_name(tmp_path / "alone", _person("Dzvid"), _person("David"))
    other = _person("Dzvid") | {"last_name": "Quartermain"}
    assert not _has_same_name(tmp_path / "both", _person("Dzvid"), _person("David"), other)


@pytest.mark.parametrize(
    ("asked", "on_record", "without_number", "with_number"),
    [
        (_person("Davir"), _person("David"), False, True),
        (_person("Denise"), _person("Denis"), False, False),
        (_person("Kevin", "J"), _person("Kevin", "K"), False, True),
        (_person("Hassan"), _person("Ali", "Hassan"), False, False),
        (_person("Kevin", "J"), _person("Kevin", "James"), True, True),
    ],
)
def test_an_equal_taxpayer_number_decides_what_is_uncertain(
    tmp_path: Path, asked: Fields, on_record: Fields, without_number: bool, with_number: bool
) -> None:
    number = {"tin": "900110001"}
    assert _has_same_name(tmp_path / "without", asked, on_record) is without_number
    assert _has_same_name(tmp_path / "with", asked | number, on_record | number) is with_number


@pytest.mark.parametrize(
    ("asked", "on_record", "with_another_number"),
    [
        (_person("Kevin", "J"), _person("Kevin", "James"), True),
        (_person("Kevin"), _person("Kevin"), False),
        (_person("Kevin"), _person("Kevin", "James"), False),
        (_person("Bob"), _person("Robert"), False),
        (_person("Dzvid"), _person("David"), False),
        (_person("Kevin") | {"last_name": "Hassan"}, _person("Kevin") | {"last_name": "Hasan"}, False),
    ],
)
def test_beside_anothers_number_only_an_equal_name_can_be_that_persons(
    tmp_path: Path, asked: Fields, on_record: Fields, with_another_number: bool
) -> None:
    record = on_record | {"tin": "900110001"}
    for name, tin, expected in (
        ("none", "", True),
        ("near", "900110002", True),
        ("another", "900345678", with_another_number),
    ):
        assert _has_same_name(tmp_path / name, asked | {"tin": tin}, record) is expected, name
