"""Customer identification, element by element, and files that cannot be read."""

from datetime import date
from pathlib import Path

import pytest

from comity.documents.cip import FileReview, Holding, review_customer_file
from comity.documents.customer_file import CustomerFile, CustomerKind, read_customer_file
from comity.errors import EXIT_USAGE, RequestError
from comity.law.identification import Person, Regulator, load_identification_rule

RULE = load_identification_rule()
AS_OF = date(2026, 11, 28)
WHOLE = (
    "name", "birth_date", "residential_address", "tin", "photo_document_seen", "information_retained",
    "document_described", "notice_given",
)  # fmt: skip
HEAD = b"customer: individual\nperson: us_person\nregulator: occ\nopened_on: 2026-09-01\n"


def _review(
    *holds: str,
    person: Person = Person.US_PERSON,
    customer: CustomerKind = CustomerKind.INDIVIDUAL,
    regulator: Regulator = Regulator.OCC,
    opened_on: date = date(2026, 9, 1),
    known: bool = False,
) -> FileReview:
    described = CustomerFile(
        customer=customer, person=person, regulator=regulator, opened_on=opened_on, is_known_customer=known,
        holds=frozenset(holds),
    )  # fmt: skip
    return review_customer_file(described, RULE, AS_OF)


def test_a_whole_file_misses_nothing_and_holds_nothing_more() -> None:
    review = _review(*WHOLE)
    assert review.items(Holding.REQUIRED_MISSING) == ()
    assert review.items(Holding.NOT_REQUIRED_BUT_HELD) == ()
    assert "cip-name" in review.items(Holding.REQUIRED_HELD)
    assert "cip-number-us-person" in review.items(Holding.ONE_OF)


@pytest.mark.parametrize("item", WHOLE)
def test_each_item_taken_away_is_missed(item: str) -> None:
    review = _review(*(held for held in WHOLE if held != item))
    assert review.items(Holding.REQUIRED_MISSING), item


@pytest.mark.parametrize("item", ["citizenship", "birthplace", "passport_copy", "immigration_status", "document_copy"])
def test_what_no_element_asks_for_is_named_with_its_citation(item: str) -> None:
    review = _review(*WHOLE, item)
    assert review.items(Holding.NOT_REQUIRED_BUT_HELD) == (item,)
    extra = review.elements[-1]
    assert extra.citation.startswith("31 CFR 1020.220")
    assert extra.needs_counsel


def test_no_element_ever_asks_for_citizenship_or_birthplace() -> None:
    asked = {item for element in RULE.elements for group in element.any_of for item in group}
    assert not asked & {"citizenship", "birthplace", "immigration_status", "passport_copy"}


@pytest.mark.parametrize("number", ["tin", "passport_number", "alien_card_number", "government_document_number"])
def test_a_non_us_person_may_give_one_of_several_numbers_and_a_us_person_a_taxpayer_number(number: str) -> None:
    rest = [item for item in WHOLE if item != "tin"]
    assert "cip-number-non-us-person" in _review(*rest, number, person=Person.NON_US_PERSON).items(Holding.ONE_OF)
    missed = _review(*rest, number).items(Holding.REQUIRED_MISSING)
    assert ("cip-number-us-person" in missed) is (number != "tin")


@pytest.mark.parametrize(
    ("regulator", "opened_on", "is_met"),
    [
        (Regulator.OCC, date(2025, 6, 26), False),
        (Regulator.OCC, date(2025, 6, 27), True),
        (Regulator.FDIC, date(2025, 6, 27), True),
        (Regulator.NCUA, date(2025, 6, 27), True),
        (Regulator.FRB, date(2025, 7, 30), False),
        (Regulator.FRB, date(2025, 7, 31), True),
        (Regulator.NONE, date(2026, 9, 1), False),
    ],
)
def test_a_number_from_a_third_party_counts_from_each_regulators_order_on(
    regulator: Regulator, opened_on: date, is_met: bool
) -> None:
    rest = [item for item in WHOLE if item != "tin"]
    review = _review(*rest, "tin_from_third_party", regulator=regulator, opened_on=opened_on)
    assert ("cip-number-us-person" not in review.items(Holding.REQUIRED_MISSING)) is is_met


def test_an_entity_has_no_date_of_birth_and_a_place_of_business() -> None:
    review = _review("name", "place_of_business", "tin", "entity_papers_seen", customer=CustomerKind.ENTITY)
    ids = [element.id for element in review.elements]
    assert "cip-address-entity" in review.items(Holding.REQUIRED_HELD)
    assert not {"cip-birth-date", "cip-address-individual"} & set(ids)


def test_a_known_customer_is_outside_the_rule() -> None:
    review = _review("name", "citizenship", known=True)
    assert review.excluded_by is not None
    assert review.excluded_by.citation == "31 CFR 1020.100(b)(2)(iii)"
    assert review.items(Holding.REQUIRED_MISSING) == ()


def test_a_day_before_the_law_on_file_is_refused() -> None:
    with pytest.raises(RequestError, match="vouches"):
        _review(*WHOLE, opened_on=date(2001, 1, 1))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[",
        b"just words",
        b"\xff\xfe\x00",
        b"customer: individual\ncustomer: entity\n",
        HEAD.replace(b"2026-09-01", b"Zebulon") + b"holds: [name]\n",
        HEAD + b"holds: {name: Zebulon}\n",
        HEAD + b"holds: [Zebulon]\n",
        HEAD + b"holds: [name]\nZebulon: 1\n",
        HEAD.replace(b"us_person", b"Zebulon") + b"holds: [name]\n",
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        b"[" * 20_000,
        b"x" * 70_000,
    ],
)
def test_a_description_that_cannot_be_read_is_refused_and_no_value_is_told(tmp_path: Path, content: bytes) -> None:
    assert "Zebulon" not in _refused(tmp_path, content)


def _refused(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "file.yaml"
    path.write_bytes(content)
    with pytest.raises(RequestError) as caught:
        read_customer_file(path, RULE, AS_OF)
    assert (caught.value.code, caught.value.exit_code) == ("customer_file_invalid", EXIT_USAGE)
    return caught.value.message + caught.value.hint


def _read(tmp_path: Path, content: bytes) -> CustomerFile:
    path = tmp_path / "file.yaml"
    path.write_bytes(content)
    return read_customer_file(path, RULE, AS_OF)


def test_a_description_is_read(tmp_path: Path) -> None:
    described = _read(tmp_path, HEAD + b"holds: [name, tin]\n")
    assert (described.holds, described.is_known_customer) == (frozenset({"name", "tin"}), False)
    assert described == _read(tmp_path, b"\xef\xbb\xbf" + HEAD + b"holds: {name: yes, tin: TRUE, citizenship: no}\n")
    as_json = b'{"customer": "individual", "person": "us_person", "regulator": "occ", "opened_on": "2026-09-01", '
    assert described == _read(tmp_path, as_json + b'"is_known_customer": false, "holds": ["name", "tin"]}')
    with pytest.raises(RequestError, match="no file of that name"):
        read_customer_file(tmp_path / "absent.yaml", RULE, AS_OF)


@pytest.mark.parametrize("word", ["", "unknown", "n/a", "maybe", "2", "[]", "{}", "~"])
def test_a_fact_is_yes_or_no_or_an_error_with_its_line(tmp_path: Path, word: str) -> None:
    known = _refused(tmp_path, HEAD + f"is_known_customer: {word}\nholds: [name]\n".encode())
    assert "`is_known_customer` (line 5) is yes, y, true or 1; no, n, false or 0" in known
    held = _refused(tmp_path, HEAD + f"holds:\n  name: yes\n  tin: {word}\n".encode())
    assert "the item `tin` (line 7) is yes, y, true or 1" in held


@pytest.mark.parametrize(
    ("word", "is_known"), [("yes", True), ("Y", True), ("1", True), ("no", False), ("FALSE", False)]
)
def test_a_known_customer_is_known_by_these_words(tmp_path: Path, word: str, is_known: bool) -> None:
    described = _read(tmp_path, HEAD + f"is_known_customer: {word}\nholds: []\n".encode())
    assert described.is_known_customer is is_known


@pytest.mark.parametrize(
    "day", ["2023-02-31", "23-02-01", "02/01/2023", "2026-11-29", "1700-01-01", "1700000000", "", "[]"]
)
def test_a_day_of_opening_that_cannot_be_is_refused_with_its_line(tmp_path: Path, day: str) -> None:
    told = _refused(tmp_path, HEAD.replace(b"2026-09-01", day.encode()) + b"holds: [name]\n")
    assert "`opened_on` (line 4)" in told
    assert not day or day in {"[]", "2026-11-29"} or day not in told


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    told = _refused(tmp_path, b"customer: Zebulon\nzebulon: 1\nopened_on: never\nholds: [name, Zebulon]\n")
    parts = (
        "`customer` (line 1) is one of individual, entity",
        "line 2",
        "`person` is missing",
        "`opened_on` (line 3)",
    )
    assert all(
        part in told for part in (*parts, "1 names that are no items of the rule (number 2)", "Items: alien_card")
    )
    assert "ebulon" not in told


@pytest.mark.parametrize("opened_on", [date(1998, 5, 1), date(2026, 9, 1)])
def test_whether_the_rule_reaches_the_customer_comes_before_what_it_asks(opened_on: date) -> None:
    review = _review("name", "citizenship", known=True, opened_on=opened_on)
    assert review.excluded_by is not None
    assert review.items(Holding.REQUIRED_MISSING) == ()
    assert review.items(Holding.NOT_REQUIRED_BUT_HELD) == ("name", "citizenship")
