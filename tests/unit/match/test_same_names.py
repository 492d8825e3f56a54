"""Which names can be one person's: the rule itself, on names that exist, that do not, and that nobody knows."""

import pytest

from comity.match.same_names import Sameness, is_relatives_form, relate_names, relate_words
from comity.match.slips import are_letters_exchanged, is_slip

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
        ("QXVWKJ", "DAVID", OPEN),
        ("ZORBLIN", "ZORBLAN", OPEN),
        ("ZQRBLIN", "ZORBLIN", OPEN),
        ("DAV", "DVA", OPEN),
        ("DAVID", "DAVID", ONE),
    ],
)
def test_two_that_exist_are_two_and_a_slip_makes_no_name(asked: str, on_record: str, expected: Sameness) -> None:
    assert relate_words("given", asked, on_record, nobody_else) == expected


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
        (("MIDDLE_AS_FIRST", "EXACT"), _name("HASSAN", "KHAN"), _name("ALI", "KHAN", "HASSAN"), OPEN),
        (("MIDDLE_AS_FIRST", "EXACT"), _name("KHIN", "KYI"), _name("DAW KHIN", "KYI", "KHIN"), ONE),
        (("MIDDLE_AS_FIRST", "EXACT"), _name("DAW KHIN", "KYI", "KHIN"), _name("KHIN", "KYI"), ONE),
        (("NICKNAME", "EXACT"), _name("BOB", "KHAN"), _name("ROBERT", "KHAN"), ONE),
        (("NICKNAME", "EXACT"), _name("ROSITA", "KHAN"), _name("ROSA", "KHAN"), OPEN),
        (("INITIAL", "EXACT"), _name("J", "KHAN"), _name("JOHN", "KHAN"), TWO),
        (("EXACT", "FUZZY_LOW"), _name("JOSE", "CASTILLO"), _name("JOSE", "CASTRO"), TWO),
        (("EXACT", "FUZZY_HIGH"), _name("JOSE", "ZHANG"), _name("JOSE", "CHANG"), ONE),
        (("EXACT", "PARTIAL"), _name("JOSE", "RAMACHANDRAN"), _name("JOSE", "RAMACHANDRANIAH"), TWO),
        (("EXACT", "EXACT"), _name("JOSE", "CASTRO"), _name("JOSE", "CASTRO"), ONE),
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
