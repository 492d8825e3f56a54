"""Outcomes under policy: each condition alone keeps a request from being a match."""

from typing import Any

import pyarrow as pa
import pytest

from comity.decide import MatchPolicy, determine_outcomes
from comity.model.evidence import DETERMINATIONS_SCHEMA, EVIDENCE_SCHEMA

GOOD = {
    "row": 1,
    "request_id": "q1",
    "record_id": "r1",
    "match_weight": 10.0,
    "match_probability": 0.999,
    "candidate_pairs": 2,
    "address_agrees": True,
    "number_is_exact": True,
    "address_known": True,
    "given_name_agrees": True,
    "same_name": True,
    "surname_agrees": True,
    "counted_as_one": True,
    "rival_probability": 0.0,
    "is_crowded": False,
}


def outcome(policy: MatchPolicy | None = None, **change: object) -> str:
    table = pa.Table.from_pylist([GOOD | change], schema=EVIDENCE_SCHEMA)
    result = determine_outcomes(table, policy or MatchPolicy())
    assert result.schema == DETERMINATIONS_SCHEMA
    return str(result["outcome"][0].as_py())


def test_good_evidence_that_meets_the_policy_is_a_match() -> None:
    assert outcome() == "match"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"address_agrees": False}, "review"),
        ({"address_known": False}, "review"),
        ({"given_name_agrees": False}, "review"),
        ({"same_name": False}, "review"),
        ({"match_probability": 0.5}, "review"),
        ({"match_probability": 0.1}, "non_match"),
        ({"match_probability": 0.0, "record_id": None}, "non_match"),
        ({"match_probability": 0.5, "rival_probability": 0.49}, "review"),
        ({"match_probability": 0.27, "rival_probability": 0.26}, "non_match"),
        ({"is_crowded": True}, "review"),
        ({"is_crowded": True, "match_probability": 0.0}, "review"),
    ],
)
def test_each_condition_alone_keeps_it_from_being_a_match(change: dict[str, object], expected: str) -> None:
    assert outcome(None, **change) == expected


def test_two_possible_persons_never_match_whatever_the_threshold() -> None:
    lenient = MatchPolicy(confirm_probability=0.4, review_probability=0.2)
    assert outcome(lenient, match_probability=0.5, rival_probability=0.5) == "review"
    assert outcome(lenient, match_probability=0.9, rival_probability=0.01) == "match"


def test_the_threshold_is_reached_at_the_threshold() -> None:
    policy = MatchPolicy(confirm_probability=0.99)
    assert outcome(policy, match_probability=0.99) == "match"
    assert outcome(policy, match_probability=0.9899999) == "review"


@pytest.mark.parametrize(
    "spoiled",
    [{"confirm_probability": 0.0}, {"confirm_probability": 1.1}, {"review_probability": 0.999}, {"rival_ratio": 0.0}],
)
def test_a_policy_that_cannot_be_meant_is_refused(spoiled: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError):
        MatchPolicy(**spoiled)


def test_rows_keep_their_order() -> None:
    rows = [GOOD | {"row": i, "request_id": f"q{i}", "match_probability": i / 10} for i in range(1, 10)]
    result = determine_outcomes(pa.Table.from_pylist(rows, schema=EVIDENCE_SCHEMA), MatchPolicy())
    assert result["row"].to_pylist() == list(range(1, 10))


def test_a_policy_may_ask_for_the_very_house_number() -> None:
    strict = MatchPolicy(is_number_exact=True)
    assert outcome(strict) == "match"
    assert outcome(strict, number_is_exact=False) == "review"
    assert outcome(None, number_is_exact=False) == "match"


def test_a_policy_may_ask_for_the_surname_whatever_else_agrees() -> None:
    strict = MatchPolicy(is_surname_required=True)
    assert outcome(strict) == "match"
    assert outcome(strict, surname_agrees=False) == "review"
    assert outcome(None, surname_agrees=False) == "match"


def test_what_history_does_not_count_is_not_confirmed_under_an_agreement() -> None:
    strict = MatchPolicy(is_counted_as_one=True)
    assert [outcome(policy, counted_as_one=False) for policy in (MatchPolicy(), strict)] == ["match", "review"]
    assert outcome(strict) == "match"
