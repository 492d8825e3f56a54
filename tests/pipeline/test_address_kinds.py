"""The cases of tests/cases/address_kinds, end to end: the record at one address, the request at the other, verified.

Each case has a person of its own and a place of its own, so that nothing but the two addresses decides. A person is
confirmed where a mail carrier would say that the two are one address, and not confirmed elsewhere; no row is refused.
"""

import hashlib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.reference.zip_codes import load_zip_table
from comity.signing import create_signing_key
from tests.support.batch_folders import make_row
from tests.support.workspace import Workspace, build_record_index, make_record

FOLDER = Path(__file__).parents[1] / "cases/address_kinds"
KEYS = {"record", "record2", "request", "request2", "place", "request_place", "state", "same", "why"}
KINDS = (
    *("towns", "streets", "units", "roads", "letters_in_numbers"),
    *("letters_before_numbers", "same_lines", "written_otherwise", "suffixes"),
)
FEWEST_CASES = 30
SUBJECTS_OF_AN_OFFICER = 150
"""Rows of a batch, all of one officer."""


def load_cases() -> list[tuple[str, dict[str, Any]]]:
    cases = []
    for path in sorted(FOLDER.glob("*.yaml")):
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"about", "sources", "cases"} <= set(text) <= {"about", "sources", "cases"}, path
        assert all({"record", "request", "same", "why"} <= set(case) <= KEYS for case in text["cases"]), path
        cases += [(path.stem, case) for case in text["cases"]]
    return cases


CASES = load_cases()


@cache
def list_places(state: str | None) -> list[dict[str, str]]:
    """Return the places with a ZIP code of their own, of a state if one is given."""
    rows = load_zip_table().select(["city", "state", "zip", "kind"]).to_pylist()
    return [row for row in rows if row.pop("kind") == "STANDARD" and state in {None, row["state"]}]


def place_of(number: int, state: str | None) -> dict[str, str]:
    """Return a place that no other case has, in a state if one is given."""
    places = list_places(state)
    return places[(number * 97 + 13) % len(places)]


def name_of(number: int) -> tuple[str, str]:
    """Return a name unlike that of any other case."""
    letters = (
        hashlib.sha256(str(number).encode())
        .hexdigest()
        .translate(str.maketrans("0123456789abcdef", "aeioukmnprstvzbl"))
    )
    return letters[:7].title(), letters[7:16].title()


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[str, str]]:
    """By case: the code of the answer, and the reasons of a refusal."""
    root = tmp_path_factory.mktemp("addresses")
    records, rows = [], []
    for number, (_, case) in enumerate(CASES):
        first, last = name_of(number)
        place = case.get("place") or place_of(number, case.get("state"))
        asked = case.get("request_place", place)
        address = (case["record"], case.get("record2", ""), *(place[name] for name in ("city", "state", "zip")))
        records.append(make_record(number, first, "", last, address, tin=f"9{number:08d}"))
        unique = f"q{number}"
        changes = {
            "request_id": unique,
            "case_number": f"C-{unique}",
            "reason": f"Residence in 2023 bears on the failure to depart charged in case C-{unique}.",
            "first_name": first,
            "middle_name": "",
            "last_name": last,
            "street": case["request"],
            "street2": case.get("request2", ""),
        }
        rows.append(make_row(**changes, **asked))
    world = Workspace(root, build_record_index(root / "records", records), create_signing_key(root / "requester.key"))
    answers: dict[str, tuple[str, str]] = {}
    for start in range(0, len(rows), SUBJECTS_OF_AN_OFFICER):
        part = rows[start : start + SUBJECTS_OF_AN_OFFICER]
        answers |= world.verify_batch(world.write_batch(f"from-{start}", part))[1]
    return {number: answers[f"q{number}"] for number in range(len(CASES))}


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{kind}-{case['request']}" for kind, case in CASES])
def test_a_person_is_confirmed_at_the_address_on_record_and_at_no_other(
    codes: dict[int, tuple[str, str]], number: int
) -> None:
    _, case = CASES[number]
    code, reasons = codes[number]
    assert not reasons, case
    assert (code == "CONFIRMED") == case["same"], (case, code)


def test_every_kind_has_cases_both_ways() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(KINDS)
    for kind in KINDS:
        counts = Counter(case["same"] for name, case in CASES if name == kind)
        assert counts.total() >= FEWEST_CASES, kind
        assert min(counts[True], counts[False]) >= 10, kind
