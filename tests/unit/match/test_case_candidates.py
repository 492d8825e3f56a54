"""Who is listed for a row that people may settle, and what keeps them from being confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from comity.match import list_recorded_places
from comity.model.review_case import CaseContent, CaseTerms, NumberRelation, RecordedPlace
from comity.review import assemble_case
from tests.support.match_records import build_index_with, make_record, make_requests

AT_HOME = {"street": "1420 Walden St Apt 4B"}
CONDITIONS = ("probability", "same_name", "number_is_exact", "surname_agrees", "given_name_agrees", "counted_as_one")
KEY = b"k" * 32
HOUSEHOLD = (
    {"first_name": "Marie", "middle_name": "Ann", "last_name": "Exley", "tin": "536221234"},
    {"first_name": "Mario", "last_name": "Exley", "suffix": "Jr"},
    {"first_name": "Zoltan", "last_name": "Quist"},
)


def find_places(folder: Path, *requests: Mapping[str, str]) -> list[RecordedPlace]:
    people: Sequence[dict[str, str]] = HOUSEHOLD
    records = [make_record(f"r{number}", **AT_HOME, **person) for number, person in enumerate(people)]
    records.append(make_record("r8", street="1420 Walden St Apt 5", first_name="Marie", last_name="Exley"))
    records.append(make_record("r9", role="payee", **AT_HOME, **HOUSEHOLD[0]))  # a second record of the first person
    with build_index_with(folder, *records) as index:
        return list_recorded_places(index, make_requests(*(dict[str, str | None](request) for request in requests)))


def assemble(place: RecordedPlace, case: str = "c1") -> tuple[CaseContent, CaseTerms] | None:
    return assemble_case(place, CONDITIONS, case=case, key=KEY)


def test_people_at_the_address_who_share_a_name_are_listed_once_each(tmp_path: Path) -> None:
    (place,) = find_places(tmp_path, {"first_name": "Marle", "last_name": "Exley", **AT_HOME})
    assert place.requested_name == {"given": "MARLE", "middle": None, "surname": "EXLEY", "suffix": None}
    assert (place.recorded_address["number"], place.recorded_address["unit"]) == ("1420", "4B")
    names = [(person.name["given"], person.name["suffix"]) for person in place.people]
    assert sorted(names, key=str) == [("MARIE", None), ("MARIO", "JR")]  # not Quist, not the one next door
    assert {person.number for person in place.people} == {NumberRelation.NOT_GIVEN}


def test_a_number_is_compared_and_never_listed(tmp_path: Path) -> None:
    request = {"first_name": "Marle", "last_name": "Exley", **AT_HOME}
    same, other = find_places(tmp_path, request | {"tin": "536221234"}, request | {"tin": "536221235"})
    relations = [{p.name["given"]: p.number for p in place.people} for place in (same, other)]
    assert [relation["MARIE"] for relation in relations] == [NumberRelation.SAME, NumberRelation.DIFFERS]
    assert "53622123" not in str(same) + str(other)


def test_nobody_is_confirmable_whose_number_differs_or_for_whom_a_demand_fails(tmp_path: Path) -> None:
    request = {"first_name": "Marle", "last_name": "Exley", **AT_HOME}
    fits, differs, next_door, other_surname = find_places(
        tmp_path,
        request | {"tin": "536221234"},
        request | {"tin": "536221235"},
        request | {"street": "1421 Walden St Apt 4B", "tin": "536221234"},
        request | {"first_name": "Marie", "last_name": "Zimmerman", "tin": "536221234"},
    )
    assembled = assemble(fits)
    assert assembled is not None
    content, terms = assembled
    assert {content.candidates[position].name["given"] for position in terms.confirmable} == {"MARIE"}
    for place in (differs, next_door, other_surname):
        assembled = assemble(place)
        confirmable = (
            [] if assembled is None else [assembled[0].candidates[n].name["given"] for n in assembled[1].confirmable]
        )
        assert "MARIE" not in confirmable


def test_where_a_candidate_is_listed_says_nothing(tmp_path: Path) -> None:
    (place,) = find_places(tmp_path, {"first_name": "Marie", "last_name": "Exley", **AT_HOME})
    assert place.people[0].name["given"] == "MARIE"
    first = []
    for number in range(40):
        assembled = assemble(place, f"c{number}")
        assert assembled is not None
        content, terms = assembled
        assert terms.record_ids[[c.name["given"] for c in content.candidates].index("MARIO")] == "r1"
        first.append(content.candidates[0].name["given"])
    assert 8 < first.count("MARIE") < 32


def test_more_people_than_a_case_lists_are_no_case(tmp_path: Path) -> None:
    (place,) = find_places(tmp_path, {"first_name": "Marie", "last_name": "Exley", **AT_HOME})
    person = place.people[0]
    crowd = [replace(person, record_id=f"r{n}", name=dict(person.name) | {"middle": f"M{n}"}) for n in range(7)]
    assert assemble(replace(place, people=tuple(crowd[:6]))) is not None
    assert assemble(replace(place, people=tuple(crowd))) is None


def test_two_people_whom_nothing_displayed_distinguishes_are_no_case(tmp_path: Path) -> None:
    (place,) = find_places(tmp_path, {"first_name": "Marie", "last_name": "Exley", **AT_HOME})
    namesake = replace(place.people[0], record_id="r7")
    assert assemble(replace(place, people=(*place.people, namesake))) is None
    assert assemble(replace(place, people=(*place.people, replace(namesake, number=NumberRelation.SAME)))) is not None
