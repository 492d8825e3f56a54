"""What matching may confirm, the history counts: names and addresses that can reach one record share its classes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.decide import MatchPolicy, determine_outcomes
from comity.gates.probing.class_entries import make_class_entries
from comity.match import Index, match_requests
from comity.match.counted_as_one import find_shared_people, record_people, request_people, shares_person
from comity.model.request_fields import REQUESTS_SCHEMA
from comity.normalize.encode import encode_table
from comity.normalize.normalized_row import normalize_row
from comity.normalize.schema import LEXICONS
from comity.reference.nicknames import load_nickname_pairs, load_surname_pairs
from tests.support.match_records import build_index_with, make_record

PEOPLE = (
    ("Robert", None, "Hernandez"),
    ("Maria", "Elena", "Garcia Lopez"),
    ("Zebulon", None, "Quartermain"),
    ("José", None, "de la Cruz"),
    ("Wei", None, "Zhang"),
)
POLICY = MatchPolicy(confirm_probability=0.5, is_counted_as_one=True)
"""More lenient than any agreement."""


@pytest.fixture(name="town", scope="module")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("counted")
    records = [
        make_record(
            f"r{n}", first_name=first, middle_name=middle or "", last_name=last, street=f"{700 + 13 * n} Juniper St"
        )
        for n, (first, middle, last) in enumerate(PEOPLE)
    ]
    with build_index_with(folder, *records) as index:
        yield index


def _values(row: dict[str, str | None]) -> dict[str, tuple[str | None, ...]]:
    normalized = normalize_row(
        row["first_name"], row["middle_name"], row["last_name"], None, row["street"], None,
        row["city"], row["state"], row["zip"],
    )._asdict()  # fmt: skip
    return {lexicon.name: tuple(normalized[column] for column in lexicon.columns) for lexicon in LEXICONS}


def _slip(draw: Callable[[st.SearchStrategy[int]], int], name: str) -> str:
    """Return a name with a letter dropped, doubled, changed, or exchanged with the next."""
    at, kind = draw(st.integers(0, len(name) - 1)), draw(st.integers(0, 4))
    other = chr(ord("a") + draw(st.integers(0, 25)))
    return {
        0: name,
        1: name[:at] + name[at + 1 :],
        2: name[:at] + name[at] + name[at:],
        3: name[:at] + other + name[at + 1 :],
        4: name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
    }[kind]


@st.composite
def _requests(draw: Callable[[st.SearchStrategy[int]], int]) -> dict[str, str | None]:
    """Draw a request near one of the records: slips, other forms of the name, exchanged fields, units, other places."""
    number = draw(st.integers(0, len(PEOPLE) - 1))
    first, middle, last = PEOPLE[number]
    forms = [other.title() for name, other in load_nickname_pairs() if name == first.upper()]
    surnames = [other.title() for name, other in load_surname_pairs() if name == last.upper()] + last.split()
    if forms and draw(st.booleans()):
        first = forms[draw(st.integers(0, len(forms) - 1))]
    if draw(st.booleans()):
        last = surnames[draw(st.integers(0, len(surnames) - 1))]
    first, last = _slip(draw, first), _slip(draw, last)
    if draw(st.integers(0, 5)) == 0:
        first, last = last, first
    return {
        "request_id": "q",
        "first_name": first or "X",
        "middle_name": middle if draw(st.booleans()) else None,
        "last_name": last or "X",
        "street": f"{700 + 13 * number} {_slip(draw, 'Juniper')} St"
        + (f" Apt {draw(st.integers(1, 9))}" if draw(st.integers(0, 3)) == 0 else ""),
        "city": "Springfield" if draw(st.booleans()) else "Chatham",
        "state": "IL",
        "zip": ("62701", "62702", "62601", "26701")[draw(st.integers(0, 3))],
        "tax_year": "2023",
    }


def _counted_people(table: pa.Table) -> list[frozenset[frozenset[str]]]:
    """Return the classes of person that the gates count each row in."""
    entries = make_class_entries(encode_table(table), np.ones(len(table), dtype=np.bool_))
    names = entries.names.to_pylist()
    people: list[set[frozenset[str]]] = [set() for _ in range(len(table))]
    for row, surname, given_name in zip(
        *(a.tolist() for a in (entries.row, entries.surname, entries.given)), strict=True
    ):
        people[row].add(frozenset({names[surname], names[given_name]}))
    return [frozenset(classes) for classes in people]


@given(rows=st.lists(_requests(), min_size=20, max_size=20))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whoever_can_be_confirmed_is_counted_as_that_person(town: Index, rows: list[dict[str, str | None]]) -> None:
    """Two requests that reach a confirmation against one record both count in a class of that record."""
    filled = [{"row": n, **row} for n, row in enumerate(rows)]
    table = pa.Table.from_pylist(filled, schema=REQUESTS_SCHEMA)
    outcomes = determine_outcomes(match_requests(town, table), POLICY).to_pylist()
    counted = _counted_people(table)
    for outcome, row, people in zip(outcomes, rows, counted, strict=True):
        if outcome["outcome"] == "match":
            first, middle, last = PEOPLE[int(outcome["record_id"][1:])]
            record = _values(row | {"first_name": first, "middle_name": middle, "last_name": last})
            assert people == request_people(_values(row)), "the gates count what matching takes for granted"
            assert people & record_people(record)
            assert "Apt" not in str(row["street"]), "an invented unit is no other address"


def test_requests_about_a_record_without_a_zip_code_are_counted_together(tmp_path: Path) -> None:
    """A city with several beginnings of ZIP codes is no way to ask about one house as often."""
    record = make_record("r", first_name="Zebulon", last_name="Quartermain", street="700 Juniper St", zip="")
    record |= {"city": "Los Angeles", "state": "CA"}
    zips = ("90001", "90066", "90210", "90189", "91101", None)
    asked = {"first_name": "Zebulon", "last_name": "Quartermain", "street": "700 Juniper St", "tax_year": "2023"}
    rows = [
        {"row": n, "request_id": f"q{n}", **asked, "city": "Los Angeles", "state": "CA", "zip": zip5}
        for n, zip5 in enumerate(zips)
    ]
    table = pa.Table.from_pylist(rows, schema=REQUESTS_SCHEMA)
    with build_index_with(tmp_path, record) as index:
        outcomes = determine_outcomes(match_requests(index, table), POLICY)["outcome"].to_pylist()
    entries = make_class_entries(encode_table(table), np.ones(len(table), dtype=np.bool_))
    places = entries.places.to_pylist()
    counted = [{places[place] for place in entries.place[entries.row == row]} for row in range(len(rows))]
    confirmed = [classes for outcome, classes in zip(outcomes, counted, strict=True) if outcome == "match"]
    assert len(confirmed) >= 2
    assert frozenset.intersection(*map(frozenset, confirmed))


@given(asked=_requests(), other=_requests())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_names_share_a_person_if_a_class_of_person_is_common(
    asked: dict[str, str | None], other: dict[str, str | None]
) -> None:
    request, record = _values(asked), _values(other)
    assert shares_person(request, record) == bool(request_people(request) & record_people(record))


@given(rows=st.lists(st.tuples(_requests(), _requests()), max_size=20))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_of_many_pairs_those_share_a_person_that_do_by_themselves(
    rows: list[tuple[dict[str, str | None], dict[str, str | None]]],
) -> None:
    pairs = [(position, _values(asked), _values(other)) for position, (asked, other) in enumerate(rows)]
    expected = [position for position, asked, other in pairs if shares_person(asked, other)]
    assert sorted(find_shared_people(pairs)) == expected
