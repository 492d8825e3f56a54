"""The cases of tests/cases/name_kinds, end to end: one name on record, the other asked about at its address, verified.

Each case has a place of its own, so that nothing but the two names decides. Where most requests are about the person
on record, one person is confirmed, or is for a person to review; no other is confirmed; no row is refused for its
name. With the profile of the shipped agreement a name written otherwise says less: fewer of these cases are confirmed,
and no further ones.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
import yaml

from comity.decide import determine_outcomes
from comity.law import find_population
from comity.match import Index, match_requests
from comity.model.request_fields import REQUESTS_SCHEMA
from comity.pipeline import derive_match_policy
from comity.reference.census_names import load_last_name_counts
from comity.signing import create_signing_key
from tests.pipeline.test_address_kinds import place_of
from tests.support.batch_folders import make_row
from tests.support.workspace import Workspace, build_record_index, load_law_naming, make_record

FOLDER = Path(__file__).parents[1] / "cases/name_kinds"
KINDS = (
    *("initials", "brothers_and_sisters", "parents_and_children", "neighbors", "slips"),
    *("one_name", "saints_and_particles", "words_and_titles", "two_surnames_and_widths", "spellings"),
)
MOSTLY_VALID = "mostly-valid"
FEWEST_CASES, FEWEST_OF_ONE_ANSWER = 30, 10
FIRST_RANK = 6_000
"""Surnames that cases do not name are taken from this rank of the Census on: they exist, and are nobody else's."""
NAME_FIELDS = ("first_name", "middle_name", "last_name", "suffix")


class Case(NamedTuple):
    """A case: the kind, the names on record and in the request by field, and the answer."""

    kind: str
    record: tuple[str, str, str, str]
    request: tuple[str, str, str, str]
    same: bool
    is_confirmed: bool
    why: str


def load_cases() -> list[Case]:
    cases: list[Case] = []
    surnames = load_last_name_counts()["name"].to_pylist()[FIRST_RANK:]
    for path in sorted(FOLDER.glob("*.yaml")):
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"about", "sources", "cases"} == set(text), path
        for case in text["cases"]:
            assert (
                {"record", "request", "same", "why"} <= set(case) <= {"record", "request", "same", "why", "review"}
            ), case
            surname = surnames[7 * len(cases)].title()
            record, request = (_fill(case[side], surname) for side in ("record", "request"))
            is_confirmed = case["same"] and not case.get("review", False)
            cases.append(Case(path.stem, record, request, case["same"], is_confirmed, case["why"]))
    return cases


def _fill(names: list[str | None], surname: str) -> tuple[str, str, str, str]:
    """Return the four fields of a name; a surname that is not said is one that no other case has."""
    first, middle, last, suffix = (dict(enumerate(names)).get(field) for field in range(len(NAME_FIELDS)))
    return first or "", middle or "", surname if last is None else last, suffix or ""


CASES = load_cases()
IDS = [f"{case.kind}-{' '.join(case.record)}-{' '.join(case.request)}" for case in CASES]


class Answers(NamedTuple):
    """By case: the code of the answer and the reasons of a refusal; and the outcome that the policy gives.

    They are those of an agreement for a population of which most requests are about the person on record; `shipped` has
    the codes under the shipped one.
    """

    codes: dict[int, tuple[str, str]]
    outcomes: dict[int, str]
    shipped: dict[int, tuple[str, str]]


@pytest.fixture(name="answers", scope="module")
def _answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    root = tmp_path_factory.mktemp("names")
    records, rows = [], []
    for number, case in enumerate(CASES):
        place = place_of(number, None)
        address = (f"{100 + number} Walden St", "", place["city"], place["state"], place["zip"])
        first, middle, last, suffix = case.record
        records.append(make_record(number, first, middle, last, address, tin=f"9{number:08d}", suffix=suffix))
        request_id = f"q{number}"
        changes = dict(zip(NAME_FIELDS, case.request, strict=True)) | {
            "request_id": request_id,
            "case_number": f"C-{request_id}",
            "reason": f"Residence in 2023 bears on the failure to depart charged in case C-{request_id}.",
            "street": address[0],
            "street2": "",
        }
        rows.append(make_row(**changes, **place))
    world = Workspace(root, build_record_index(root / "records", records), create_signing_key(root / "requester.key"))
    codes = world.verify_batch(world.write_batch("all", rows), population=MOSTLY_VALID)[1]
    shipped = world.verify_batch(world.write_batch("all-shipped", rows))[1]
    table = pa.Table.from_pylist([{"row": n, **row} for n, row in enumerate(rows)], schema=REQUESTS_SCHEMA)
    agreement = load_law_naming(MOSTLY_VALID).get_agreement("irs-ice-2025")
    with Index.open(world.index) as index:
        evidence = match_requests(index, table, shares=find_population(agreement).least_favorable)
    outcomes = determine_outcomes(evidence, derive_match_policy(agreement))["outcome"].to_pylist()
    of_case = [f"q{n}" for n in range(len(CASES))]
    return Answers(
        {n: codes[name] for n, name in enumerate(of_case)},
        dict(enumerate(outcomes)),
        {n: shipped[name] for n, name in enumerate(of_case)},
    )


@pytest.mark.parametrize("number", range(len(CASES)), ids=IDS)
def test_a_person_is_confirmed_under_the_name_on_record_and_nobody_else_is(answers: Answers, number: int) -> None:
    case, (code, reasons) = CASES[number], answers.codes[number]
    assert not reasons, case
    assert (code == "CONFIRMED") == case.is_confirmed, (case, code)


@pytest.mark.parametrize("number", [n for n, case in enumerate(CASES) if case.same])
def test_one_person_is_confirmed_or_reviewed(answers: Answers, number: int) -> None:
    assert answers.outcomes[number] == ("match" if CASES[number].is_confirmed else "review"), CASES[number]


def test_the_shipped_agreement_confirms_no_name_that_the_other_does_not_and_every_equal_one(answers: Answers) -> None:
    def confirmed(codes: dict[int, tuple[str, str]]) -> set[int]:
        return {n for n, (code, reasons) in codes.items() if code == "CONFIRMED" and not reasons}

    assert confirmed(answers.shipped) < confirmed(answers.codes)
    equal = {n for n, case in enumerate(CASES) if case.record == case.request and case.is_confirmed}
    assert equal
    assert equal <= confirmed(answers.shipped)


def test_every_kind_has_cases_both_ways() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(KINDS)
    for kind in KINDS:
        counts = Counter(case.same for case in CASES if case.kind == kind)
        assert counts.total() >= FEWEST_CASES, kind
        assert min(counts[True], counts[False]) >= FEWEST_OF_ONE_ANSWER, kind
