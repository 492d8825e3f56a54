"""What two or three people said of a case, and what follows."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from comity.decide import MatchPolicy, evaluate_conditions
from comity.model.evidence import EVIDENCE_SCHEMA
from comity.model.review_case import AddressJudgment, CaseContent, CaseJudgment
from comity.review import (
    SETTLED_BY_PEOPLE,
    ConclusionKind,
    conclude_case,
    conclude_overdue,
    render_address_step,
    render_person_step,
    select_cases,
)
from comity.review.case_outcome import CaseConclusion
from tests.support.review_cases import make_content

FIRST, SECOND = (CaseJudgment(AddressJudgment.SAME, candidate) for candidate in (0, 1))
NOBODY = CaseJudgment(AddressJudgment.SAME)
ELSEWHERE = CaseJudgment(AddressJudgment.DIFFERENT)
UNSURE = CaseJudgment(AddressJudgment.SAME, is_unsure=True)
CANNOT_TELL_PLACE = CaseJudgment(AddressJudgment.UNSURE)
EVERY_JUDGMENT = (FIRST, SECOND, NOBODY, ELSEWHERE, UNSURE, CANNOT_TELL_PLACE)
BOTH = frozenset({0, 1})


def conclude(*judgments: CaseJudgment, confirmable: frozenset[int] = BOTH) -> CaseConclusion:
    return conclude_case({f"r{number}": judgment for number, judgment in enumerate(judgments)}, confirmable)


@pytest.mark.parametrize(
    ("judgments", "kind", "candidate", "needed"),
    [
        ((), ConclusionKind.OPEN, None, 2),
        ((FIRST,), ConclusionKind.OPEN, None, 1),
        ((FIRST, FIRST), ConclusionKind.CONFIRMED, 0, 0),
        ((SECOND, SECOND), ConclusionKind.CONFIRMED, 1, 0),
        ((FIRST, SECOND), ConclusionKind.OPEN, None, 1),
        ((FIRST, NOBODY), ConclusionKind.OPEN, None, 1),
        ((NOBODY, ELSEWHERE), ConclusionKind.NOT_CONFIRMED, None, 0),
        ((UNSURE, CANNOT_TELL_PLACE), ConclusionKind.NOT_CONFIRMED, None, 0),
        ((FIRST, NOBODY, FIRST), ConclusionKind.CONFIRMED, 0, 0),
        ((FIRST, NOBODY, UNSURE), ConclusionKind.NOT_CONFIRMED, None, 0),
        ((FIRST, SECOND, SECOND), ConclusionKind.CONFIRMED, 1, 0),
        ((FIRST, SECOND, ELSEWHERE), ConclusionKind.NOT_CONFIRMED, None, 0),
    ],
)
def test_judgments_lead_to_a_conclusion(
    judgments: tuple[CaseJudgment, ...], kind: ConclusionKind, candidate: int | None, needed: int
) -> None:
    assert conclude(*judgments) == CaseConclusion(kind, candidate, needed)


def test_only_two_who_chose_the_same_confirm_and_never_against_a_demand() -> None:
    for count in (0, 1, 2, 3):
        for judgments in product(EVERY_JUDGMENT, repeat=count):
            for confirmable in (frozenset[int](), frozenset({0}), frozenset({1}), BOTH):
                conclusion = conclude(*judgments, confirmable=confirmable)
                chosen = [judgment.candidate for judgment in judgments]
                confirmed = [one for one in confirmable if chosen.count(one) >= 2]
                assert (conclusion.kind is ConclusionKind.CONFIRMED) == bool(confirmed)
                assert conclusion.candidate == (confirmed[0] if confirmed else None)
                assert conclude(*reversed(judgments), confirmable=confirmable) == conclusion
                assert conclude_overdue(conclusion).is_settled
                assert conclude_overdue(conclusion).candidate == conclusion.candidate


def test_a_fourth_judgment_is_misuse() -> None:
    with pytest.raises(RuntimeError):
        conclude(FIRST, FIRST, FIRST, FIRST)


@pytest.mark.parametrize(
    ("address", "candidate", "is_unsure"),
    [(AddressJudgment.DIFFERENT, 0, False), (AddressJudgment.UNSURE, 0, False), (AddressJudgment.SAME, 0, True)],
)
def test_nobody_is_chosen_at_another_address_or_by_who_is_unsure(
    address: AddressJudgment, candidate: int, is_unsure: bool
) -> None:
    with pytest.raises(RuntimeError):
        CaseJudgment(address, candidate, is_unsure)


def test_a_person_settles_what_a_person_can_judge_and_nothing_else() -> None:
    good = {"row": 1, "match_weight": 9.0, "match_probability": 0.99, "candidate_pairs": 1, "rival_probability": 0.0}
    flags = [field.name for field in EVIDENCE_SCHEMA if pa.types.is_boolean(field.type)]
    table = pa.Table.from_pylist(
        [good | {name: name != "is_crowded" for name in flags}], schema=EVIDENCE_SCHEMA.remove_metadata()
    )
    policy = MatchPolicy(is_number_exact=True, is_surname_required=True, is_counted_as_one=True)
    names = list(evaluate_conditions(table, policy))
    assert set(names) >= SETTLED_BY_PEOPLE
    rows = [dict.fromkeys(names, True)]
    rows += [dict.fromkeys(names, True) | {name: False} for name in names]
    rows += [dict.fromkeys(names, True) | {"same_name": False, name: False} for name in names]
    columns = {name: np.array([row[name] for row in rows]) for name in names}
    every = np.ones(len(rows), np.bool_)
    selected = select_cases(every, columns, every)
    for row, is_selected in zip(rows, selected, strict=True):
        unmet = {name for name in names if not row[name]}
        assert is_selected == (bool(unmet) and unmet <= SETTLED_BY_PEOPLE), unmet
    assert not select_cases(every, columns, ~every).any()
    assert not select_cases(~every, columns, every).any()
    assert not {"number_is_exact", "surname_agrees", "counted_as_one", "given_name_agrees"} & SETTLED_BY_PEOPLE


def test_a_condition_that_is_new_is_waived_by_nobody() -> None:
    row = np.array([True])
    assert select_cases(row, {"probability": ~row, "brand_new": row}, row).all()
    assert not select_cases(row, {"probability": ~row, "brand_new": ~row}, row).any()


def test_the_first_step_has_no_name_and_the_second_no_address() -> None:
    content = make_content("MARIE", "JOHN", unit="4B")
    address, person = render_address_step(content), render_person_step(content)
    relations = {row["field"]: row["relation"] for row in address["fields"]}
    assert relations == {
        "number": "same",
        "street": "same",
        "street_suffix": "same",
        "unit": "on one side only",
        "zip": "same",
    }
    assert "MAR" not in str(address)
    assert "1420" not in str(address)  # equal on both sides
    assert "4B" not in str(person)
    assert [candidate["name"]["given"] for candidate in person["candidates"]] == ["MARIE", "JOHN"]


def test_content_survives_its_encoding() -> None:
    content = make_content("MARIE", "JOSÉ")
    assert CaseContent.decode(content.encode()) == content
    assert CaseContent.decode(content.encode()).encode() == content.encode()
